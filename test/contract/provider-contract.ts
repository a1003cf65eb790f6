import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import type { MessageContent } from '../../src/channels/providers/message-content.js';
import type { OutboundMessage } from '../../src/channels/providers/provider.js';
import type { SendOutcome } from '../../src/channels/providers/send-outcome.js';
import type { StatusUpdate } from '../../src/channels/providers/webhook-element.js';
import type { ContractFacts, ContractRig, RigStarter, WireFault } from './contract-rig.js';
import { describeLookUps } from './look-up-contract.js';

const DEADLINE_MS = 5_000;
/** For calls that end by it. */
const SHORT_DEADLINE_MS = 400;
const MANY = 500;

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
export function describeProviderContract(facts: ContractFacts, startRig: RigStarter): void {
  describe(`the provider ${facts.name}`, () => {
    let rig: ContractRig;
    /** All that was ever said of a call: none of it may hold a secret or a person's number. */
    let said: string[];

    beforeEach(async () => {
      rig = await startRig();
      said = [];
    });

    afterEach(async () => {
      await rig.stop();
      const secrets = rig.provider.secretSettings
        .map((name) => rig.settings[name])
        .filter((value): value is string => typeof value === 'string' && value.length > 3);
      for (const secret of [...secrets, '+52155']) expect(said.join('\n')).not.toContain(secret);
    });

    async function send(sent: OutboundMessage, deadlineMs = DEADLINE_MS): Promise<SendOutcome> {
      const outcome = await rig.client.send(sent, deadlineMs);
      if (outcome.kind !== 'accepted') said.push(`${outcome.code} ${outcome.reason}`);
      return outcome;
    }

    async function sendUnder(fault: WireFault, deadlineMs = DEADLINE_MS): Promise<SendOutcome> {
      // The first send of a channel may have to open the line; the fault is to befall the one after it.
      expect(await send(message())).toMatchObject({ kind: 'accepted' });
      await rig.addFault(fault);
      const before = await rig.callsSeen();
      const outcome = await send(message(), deadlineMs);
      expect((await rig.callsSeen()) - before).toBe(1);
      return outcome;
    }

    it.each(facts.contents)('sends a message of type $type', async (content) => {
      const outcome = await send(message(content));
      expect(outcome).toMatchObject({ kind: 'accepted', providerId: expect.stringMatching(/.+/) });
      expect((await rig.taken()).map(({ type }) => type)).toEqual([content.type]);
    });

    it('sends many at once, over more calls than it has connections, each exactly once', async () => {
      const outcomes = await Promise.all(Array.from({ length: MANY }, () => send(message())));
      const ids = outcomes.map((outcome) =>
        outcome.kind === 'accepted' ? outcome.providerId : outcome.kind,
      );
      expect(new Set(ids).size).toBe(MANY);
      const taken = await rig.taken();
      expect(taken).toHaveLength(MANY);
      expect(new Set(taken.map(({ to }) => to)).size).toBe(MANY);
    });

    it('knows what became of a message from webhooks that are proved to be its own', async () => {
      const sent = message();
      const outcome = await send(sent);
      if (outcome.kind !== 'accepted' || outcome.providerId === null)
        throw new Error('it was not accepted under an id');
      const { providerId } = outcome;
      const posted = await rig.statusWebhooks(sent, providerId);
      const { echoesCorrelation, signsWebhooks } = rig.provider.capabilitiesOf(rig.settings);
      const statuses = posted
        .flatMap(({ delivery }) => rig.provider.parseWebhook(delivery, rig.settings))
        .filter((element): element is StatusUpdate => element.kind === 'status')
        .filter((status) => status.providerId === providerId);
      expect(statuses.map((status) => status.status)).toContain('delivered');
      for (const status of statuses) {
        expect(status.accountRef).toBe(rig.accountRef);
        expect(status.correlationId).toBe(echoesCorrelation ? sent.correlationId : null);
      }
      for (const { proof } of posted) {
        expect(rig.provider.verifyWebhook(proof, rig.settings)).toBe(signsWebhooks);
        const forged = { ...proof, rawBody: Buffer.concat([proof.rawBody, Buffer.from('&x=1 ')]) };
        expect(rig.provider.verifyWebhook(forged, rig.settings)).toBe(false);
      }
    });

    it.each(facts.refusals)('knows what an answer means: $title', async ({ answer, outcome }) => {
      expect(await sendUnder({ kind: 'answer', answer, processed: false })).toMatchObject(outcome);
    });

    it('says that nothing was sent when the connection is refused', async () => {
      await rig.closeService();
      expect(await send(message())).toMatchObject({ kind: 'unavailable', speaksOfHealth: true });
      expect(await rig.client.health(DEADLINE_MS)).toMatchObject({ connection: 'disconnected' });
    });

    it('says that nothing was sent when the connection is refused in the middle of its work', async () => {
      expect(await send(message())).toMatchObject({ kind: 'accepted' });
      await rig.closeService();
      // What the closing server cut may be the kept-alive connection of this very call.
      await expect.poll(async () => (await send(message())).kind, { timeout: 5_000 }).toBe('unavailable');
    });

    it('says that nothing was sent when TLS fails', async ({ skip }: TestContext) => {
      if (facts.baseUrlSetting === undefined) return skip('its address is not a setting');
      const noTls = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      noTls.listen(0, '127.0.0.1');
      await once(noTls, 'listening');
      const { port } = noTls.address() as AddressInfo;
      const settings = { ...rig.settings, [facts.baseUrlSetting]: `https://127.0.0.1:${port}` };
      const client = rig.provider.open({ channelId: 'c', settings, maxOpenCalls: 1 });
      expect(await client.send(message(), DEADLINE_MS)).toMatchObject({
        kind: 'unavailable',
        code: 'tls_failed',
      });
      await client.close();
      noTls.close();
    });

    it.each<WireFault>([
      { kind: 'hang', processed: true },
      { kind: 'hang', processed: false },
      { kind: 'slowBytes', delayMs: 30 },
      { kind: 'latency', delayMs: 3_000 },
    ])('ends by the deadline and cannot tell: $kind, processed $processed', async (fault) => {
      const startedAt = performance.now();
      const outcome = await sendUnder(fault, SHORT_DEADLINE_MS);
      expect(performance.now() - startedAt).toBeLessThan(SHORT_DEADLINE_MS + 1_500);
      expect(outcome).toMatchObject({ kind: 'unknown', speaksOfHealth: true });
    });

    it.each<WireFault>([
      { kind: 'resetAfterRead' },
      { kind: 'resetBeforeRead' },
      { kind: 'closeNoAnswer' },
      { kind: 'halfBody' },
      { kind: 'status200BadJson' },
      { kind: 'wrongCharset' },
      { kind: 'hugeBody', bytes: 3_000_000 },
      { kind: 'page502', processed: true },
      { kind: 'page502', status: 504, processed: false },
      { kind: 'redirect307' },
      ...facts.troubles.flatMap((answer): WireFault[] => [
        { kind: 'answer', answer, processed: true },
        { kind: 'answer', answer, processed: false },
      ]),
    ])('cannot tell, and calls once: %j', async (fault) => {
      expect(await sendUnder(fault)).toMatchObject({ kind: 'unknown', speaksOfHealth: true });
      expect(await rig.redirectsFollowed()).toBe(0);
    });

    it('takes a success without an id for what it is', async () => {
      const outcome = await sendUnder({ kind: 'emptyId' });
      if (facts.presetsIds === true) {
        const { id: providerId } = (await rig.taken()).at(-1)!;
        expect(outcome).toMatchObject({ kind: 'accepted', providerId });
      } else {
        expect(outcome).toMatchObject(
          facts.takesNoId === true ? { kind: 'accepted', providerId: null } : { kind: 'unknown' },
        );
      }
    });

    it('blocks the channel when its credentials are revoked, and says so when asked', async () => {
      expect(await rig.client.health(DEADLINE_MS)).toEqual({ connection: 'connected' });
      await rig.revokeCredentials();
      expect(await send(message())).toMatchObject({ kind: 'blocked', failureClass: 'auth_stop' });
      const health = await rig.client.health(DEADLINE_MS);
      said.push(health.reason ?? '');
      expect(health).toMatchObject({
        connection: 'disconnected',
        reason: expect.stringContaining(facts.credentialSetting),
      });
    });

    it('lets open calls end when it is closed, and sends nothing after', async () => {
      await send(message());
      await rig.addFault({ kind: 'latency', delayMs: 300 });
      const before = await rig.callsSeen();
      const open = send(message());
      await expect.poll(() => rig.callsSeen()).toBe(before + 1);
      const closing = rig.client.close();
      expect(await send(message())).toMatchObject({ kind: 'unavailable', speaksOfHealth: false });
      expect(await open).toMatchObject({ kind: 'accepted' });
      await closing;
      expect(await rig.callsSeen()).toBe(before + 1);
    });

    it('has exactly the abilities that it says it has', () => {
      const { canLookUp, keepsSession } = rig.provider.capabilitiesOf(rig.settings);
      expect(rig.client.lookUp !== undefined).toBe(canLookUp);
      expect(rig.client.restart !== undefined).toBe(keepsSession);
    });
  });

  if (facts.lookUp !== undefined) describeLookUps(facts.name, facts.lookUp, startRig, message);
}
