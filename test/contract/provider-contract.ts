import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageContent } from '../../src/channels/providers/message-content.js';
import type { OutboundMessage } from '../../src/channels/providers/provider.js';
import type { SendOutcome } from '../../src/channels/providers/send-outcome.js';
import type { StatusUpdate } from '../../src/channels/providers/webhook-element.js';
import type { ScriptedFault } from '../../src/simulator/control-client.js';
import { describeLookUps } from './look-up-contract.js';
import type { ProviderRig } from './provider-rig.js';

const DEADLINE_MS = 5_000;
/** For calls that end by it. */
const SHORT_DEADLINE_MS = 400;

let nextSeq = 1;

function message(content: MessageContent = { type: 'text', text: 'Hola' }): OutboundMessage {
  const seq = nextSeq++;
  return { recipient: `+52155${10_000_000 + seq}`, content, correlationId: `1:${seq}:1` };
}

/**
 * What every provider's driver must do, whoever it speaks to. The heart of it: a message that may have been accepted
 * is never called anything but `accepted` or `unknown`, one that is proved not to have been goes back, and no call is
 * made twice.
 */
export function describeProviderContract(name: string, startRig: () => Promise<ProviderRig>): void {
  describe(`the provider ${name}`, () => {
    let rig: ProviderRig;

    beforeEach(async () => {
      rig = await startRig();
    });

    afterEach(async () => {
      await rig.stop();
    });

    async function sendUnder(fault: ScriptedFault, deadlineMs = DEADLINE_MS): Promise<SendOutcome> {
      // The first send of a channel may have to open the line; the fault is to befall the one after it.
      expect(await rig.client.send(message(), DEADLINE_MS)).toMatchObject({ kind: 'accepted' });
      await rig.control.addFault({ phoneNumberId: rig.phoneNumberId, ...fault });
      const before = await rig.callsSeen();
      const outcome = await rig.client.send(message(), deadlineMs);
      expect((await rig.callsSeen()) - before).toBe(1);
      return outcome;
    }

    async function statusesOf(correlationId: string): Promise<StatusUpdate[]> {
      const updates = rig.webhooks.flatMap((proof) =>
        rig.provider.parseWebhook({ body: proof.rawBody, contentType: null, query: '' }, rig.settings),
      );
      return updates.filter(
        (update) => update.kind === 'status' && update.correlationId === correlationId,
      ) as StatusUpdate[];
    }

    it.each<MessageContent>([
      { type: 'text', text: 'Hola, ¿qué tal? 👋' },
      {
        type: 'template',
        name: 'hello_world',
        language: 'en_US',
        components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }],
      },
      { type: 'image', url: 'https://cdn.example.com/a.jpg', caption: 'Mira' },
      { type: 'document', url: 'https://cdn.example.com/a.pdf', fileName: 'boleto.pdf' },
      { type: 'video', url: 'https://cdn.example.com/a.mp4' },
      { type: 'audio', url: 'https://cdn.example.com/a.ogg' },
    ])('sends a message of type $type', async (content) => {
      const outcome = await rig.client.send(message(content), DEADLINE_MS);
      expect(outcome).toMatchObject({ kind: 'accepted', providerId: expect.stringMatching(/.+/) });
      const { items } = await rig.control.ledgerPage({ phoneNumberId: rig.phoneNumberId });
      expect(items.map((item) => item.type)).toEqual([content.type]);
    });

    it('sends many at once, over more calls than it has connections, each exactly once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 500 }, () => rig.client.send(message(), DEADLINE_MS)),
      );
      const ids = outcomes.map((outcome) =>
        outcome.kind === 'accepted' ? outcome.providerId : outcome.kind,
      );
      expect(new Set(ids).size).toBe(500);
      expect(await rig.control.summary({ phoneNumberId: rig.phoneNumberId })).toMatchObject({
        accepted: 500,
        duplicates: 0,
      });
    });

    it('brings the correlation id and the account back in signed webhooks', async () => {
      const sent = message();
      const outcome = await rig.client.send(sent, DEADLINE_MS);
      await expect
        .poll(async () => (await statusesOf(sent.correlationId)).length, { timeout: 10_000 })
        .toBeGreaterThan(1);
      const statuses = await statusesOf(sent.correlationId);
      expect(statuses.map((status) => status.status)).toContain('delivered');
      for (const status of statuses) {
        expect(status.accountRef).toBe(rig.phoneNumberId);
        expect(status.providerId).toBe(outcome.kind === 'accepted' ? outcome.providerId : undefined);
      }
      for (const proof of rig.webhooks) {
        expect(rig.provider.verifyWebhook(proof, rig.settings)).toBe(true);
        const forged = { ...proof, rawBody: Buffer.concat([proof.rawBody, Buffer.from(' ')]) };
        expect(rig.provider.verifyWebhook(forged, rig.settings)).toBe(false);
      }
    });

    it('fails a message that is refused, with the code and a sentence', async () => {
      expect(await sendUnder({ kind: 'error', count: 1, status: 400, code: 131026 })).toMatchObject({
        kind: 'rejected',
        failureClass: 'permanent_recipient',
        code: '131026',
      });
    });

    it('waits as long as a throttle asks', async () => {
      const fault = { kind: 'error', count: 1, status: 429, code: 130429, retryAfterSeconds: 30 } as const;
      expect(await sendUnder(fault)).toMatchObject({
        kind: 'throttled',
        scope: 'number',
        retryAfterMs: 30_000,
      });
    });

    it('says that nothing was sent when the connection is refused', async () => {
      await rig.closeProvider();
      expect(await rig.client.send(message(), DEADLINE_MS)).toMatchObject({
        kind: 'unavailable',
        speaksOfHealth: true,
      });
      expect(await rig.client.health(DEADLINE_MS)).toMatchObject({ connection: 'disconnected' });
    });

    it('says that nothing was sent when the connection is refused in the middle of its work', async () => {
      expect(await rig.client.send(message(), DEADLINE_MS)).toMatchObject({ kind: 'accepted' });
      await rig.closeProvider();
      // What the closing server cut may be the kept-alive connection of this very call.
      await expect
        .poll(async () => (await rig.client.send(message(), DEADLINE_MS)).kind, { timeout: 5_000 })
        .toBe('unavailable');
    });

    it.each<ScriptedFault>([
      { kind: 'hang', processed: true },
      { kind: 'hang', processed: false },
      { kind: 'slowBytes', delayMs: 30 },
      { kind: 'latency', delayMs: 3_000 },
    ])('ends by the deadline and cannot tell: $kind, processed $processed', async (fault) => {
      const startedAt = performance.now();
      const outcome = await sendUnder({ ...fault, count: 1 }, SHORT_DEADLINE_MS);
      expect(performance.now() - startedAt).toBeLessThan(SHORT_DEADLINE_MS + 1_500);
      expect(outcome).toMatchObject({ kind: 'unknown', speaksOfHealth: true });
    });

    it.each<ScriptedFault>([
      { kind: 'resetAfterRead' },
      { kind: 'resetBeforeRead' },
      { kind: 'closeNoAnswer' },
      { kind: 'halfBody' },
      { kind: 'status200BadJson' },
      { kind: 'wrongCharset' },
      { kind: 'emptyId' },
      { kind: 'hugeBody', bytes: 3_000_000 },
      { kind: 'error', status: 500, code: 131000, processed: true },
      { kind: 'error', status: 500, code: 131000, processed: false },
      { kind: 'error', status: 503, code: 131016, processed: true },
      { kind: 'error', status: 400, code: 131000, processed: true },
      { kind: 'page502', processed: true },
      { kind: 'page502', status: 504, processed: false },
      { kind: 'redirect307' },
    ])('cannot tell, and calls once: $kind $status, processed $processed', async (fault) => {
      expect(await sendUnder({ ...fault, count: 1 })).toMatchObject({
        kind: 'unknown',
        speaksOfHealth: true,
      });
      expect((await rig.control.summary()).redirectsFollowed).toBe(0);
    });

    it('blocks the channel when its credentials are revoked, and says so when asked', async () => {
      expect(await rig.client.health(DEADLINE_MS)).toEqual({ connection: 'connected' });
      await rig.control.putNumber(rig.phoneNumberId, { accessToken: 'another', appSecret: 'another' });
      expect(await rig.client.send(message(), DEADLINE_MS)).toMatchObject({
        kind: 'blocked',
        failureClass: 'auth_stop',
      });
      const health = await rig.client.health(DEADLINE_MS);
      expect(health).toMatchObject({
        connection: 'disconnected',
        reason: expect.stringContaining('accessToken'),
      });
    });

    it('lets open calls end when it is closed, and sends nothing after', async () => {
      await rig.client.send(message(), DEADLINE_MS);
      await rig.control.addFault({ kind: 'latency', delayMs: 300, count: 1 });
      const before = await rig.callsSeen();
      const open = rig.client.send(message(), DEADLINE_MS);
      await expect.poll(() => rig.callsSeen()).toBe(before + 1);
      const closing = rig.client.close();
      expect(await rig.client.send(message(), DEADLINE_MS)).toMatchObject({
        kind: 'unavailable',
        speaksOfHealth: false,
      });
      expect(await open).toMatchObject({ kind: 'accepted' });
      await closing;
      expect(await rig.callsSeen()).toBe(before + 1);
    });

    it('can be asked about a message exactly where it says so', () => {
      const { canLookUp } = rig.provider.capabilitiesOf(rig.settings);
      expect(rig.client.lookUp !== undefined).toBe(canLookUp);
    });
  });

  describeLookUps(name, startRig, message);
}
