import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import type { LookUpAnswer, LookUpQuestion, OutboundMessage } from '../../src/channels/providers/provider.js';
import type { ScriptedFault } from '../../src/simulator/control-client.js';
import type { ProviderRig } from './provider-rig.js';

const DEADLINE_MS = 5_000;
const SHORT_DEADLINE_MS = 400;

/**
 * What the driver of a provider that can be asked about a message must do. `found` and `absent` are evidence and settle
 * a message for good, so both must be proved; whatever is not proof is `unsure`. A driver whose provider echoes nothing
 * and is asked by recipient and time finds a message only where there is a single candidate, and proves an absence only
 * where the provider vouches for its list up to `overBy`. For a driver that cannot be asked all of this is skipped.
 */
export function describeLookUps(
  name: string,
  startRig: () => Promise<ProviderRig>,
  newMessage: () => OutboundMessage,
): void {
  describe(`the provider ${name}, asked about a message`, () => {
    let rig: ProviderRig;
    let begunAt: Date;

    beforeEach(async ({ skip }: TestContext) => {
      rig = await startRig();
      skip(!rig.provider.capabilitiesOf(rig.settings).canLookUp, 'it cannot be asked');
      // What the provider remembers began with the rig: in a millisecond of its own, or it proves nothing of this one.
      const startedMs = Date.now();
      await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(startedMs);
      begunAt = new Date();
      // The first send of a channel may have to open the line; what is scripted is to befall the one after it.
      expect(await rig.client.send(newMessage(), DEADLINE_MS)).toMatchObject({ kind: 'accepted' });
    });

    afterEach(async () => {
      await rig.stop();
    });

    function ask(
      sent: OutboundMessage,
      over: Partial<LookUpQuestion> = {},
      deadlineMs = DEADLINE_MS,
    ): Promise<LookUpAnswer> {
      const { recipient, correlationId } = sent;
      const question = { recipient, correlationId, attempt: 1, begunAt, overBy: new Date(), ...over };
      return rig.client.lookUp!(question, deadlineMs);
    }

    async function sendUnder(fault: ScriptedFault): Promise<OutboundMessage> {
      await rig.control.addFault({ phoneNumberId: rig.phoneNumberId, count: 1, ...fault });
      const sent = newMessage();
      expect(await rig.client.send(sent, SHORT_DEADLINE_MS)).toMatchObject({ kind: 'unknown' });
      return sent;
    }

    it('finds what was taken though nobody heard of it, with the id that its statuses bear', async () => {
      const sent = await sendUnder({ kind: 'resetAfterRead' });
      const { items } = await rig.control.ledgerPage({ callbackPrefix: sent.correlationId });
      expect(await ask(sent)).toMatchObject({
        kind: 'found',
        providerId: items[0]!.id,
        at: expect.any(Date),
      });
    });

    it('says how far it has come', async () => {
      const sent = await sendUnder({ kind: 'hang', processed: true });
      await expect
        .poll(() => ask(sent), { timeout: 10_000 })
        .toMatchObject({ kind: 'found', status: 'read' });
    });

    it.each<ScriptedFault>([
      { kind: 'resetBeforeRead' },
      { kind: 'hang', processed: false },
      { kind: 'page502', processed: false },
    ])('proves that what was lost on its way was not taken: $kind', async (fault) => {
      expect(await ask(await sendUnder(fault))).toEqual({ kind: 'absent' });
    });

    it('is not sure of an absence as long as the call may still be on its way', async () => {
      const sent = await sendUnder({ kind: 'resetBeforeRead' });
      const overBy = new Date(Date.now() + 60_000);
      expect(await ask(sent, { overBy })).toMatchObject({ kind: 'unsure' });
    });

    it('is not sure of the absence of what was sent before the provider remembers', async () => {
      const sent = await sendUnder({ kind: 'resetBeforeRead' });
      await rig.control.clearLedger();
      expect(await ask(sent)).toMatchObject({ kind: 'unsure' });
    });

    it('takes no attempt for another', async () => {
      const sent = newMessage();
      expect(await rig.client.send(sent, DEADLINE_MS)).toMatchObject({ kind: 'accepted' });
      const second = { ...sent, correlationId: sent.correlationId.replace(/1$/, '2') };
      expect((await ask(second, { attempt: 2 })).kind).not.toBe('found');
    });

    it.each<ScriptedFault>([
      { kind: 'hang' },
      { kind: 'slowBytes', delayMs: 30 },
      { kind: 'latency', delayMs: 3000 },
      { kind: 'resetAfterRead' },
      { kind: 'halfBody' },
      { kind: 'status200BadJson' },
      { kind: 'wrongCharset' },
      { kind: 'error', status: 500 },
      { kind: 'error', status: 429 },
      { kind: 'page502' },
      { kind: 'redirect307' },
    ])('is not sure where the question itself fails, and asks once: $kind', async (fault) => {
      const sent = newMessage();
      await rig.client.send(sent, DEADLINE_MS);
      await rig.control.addFault({ phoneNumberId: rig.phoneNumberId, count: 1, on: 'lookUp', ...fault });
      expect(await ask(sent, {}, SHORT_DEADLINE_MS)).toMatchObject({
        kind: 'unsure',
        code: expect.stringMatching(/.+/),
        reason: expect.stringMatching(/\.$/),
      });
      expect(await ask(sent)).toMatchObject({ kind: 'found' });
    });

    it('is not sure once it is closed', async () => {
      await rig.client.close();
      expect(await ask(newMessage())).toMatchObject({ kind: 'unsure' });
    });
  });
}
