import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import type { LookUpAnswer, LookUpQuestion, OutboundMessage } from '../../src/channels/providers/provider.js';
import type { ContractRig, LookUpFacts, RigStarter, WireFault } from './contract-rig.js';

const DEADLINE_MS = 5_000;
const SHORT_DEADLINE_MS = 400;

/**
 * What the driver of a provider that can be asked about a message must do. `found` and `absent` are evidence and settle
 * a message for good, so both must be proved; whatever is not proof is `unsure`. A driver whose provider echoes nothing
 * and is asked by recipient and time finds a message only where there is a single candidate, and proves an absence only
 * where the provider vouches for its list up to `overBy`.
 */
export function describeLookUps(
  name: string,
  facts: LookUpFacts,
  startRig: RigStarter,
  newMessage: () => OutboundMessage,
): void {
  describe(`the provider ${name}, asked about a message`, () => {
    let rig: ContractRig;
    let begunAt: Date;

    beforeEach(async () => {
      rig = await startRig();
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

    async function sendUnder(fault: WireFault): Promise<OutboundMessage> {
      await rig.addFault(fault);
      const sent = newMessage();
      expect(await rig.client.send(sent, SHORT_DEADLINE_MS)).toMatchObject({ kind: 'unknown' });
      return sent;
    }

    it('finds what was taken though nobody heard of it, with the id that its statuses bear', async () => {
      const sent = await sendUnder({ kind: 'resetAfterRead' });
      const providerId = (await rig.taken()).at(-1)!.id;
      expect(await ask(sent)).toMatchObject({ kind: 'found', providerId, at: expect.any(Date) });
    });

    it.each<WireFault>([
      { kind: 'resetBeforeRead' },
      { kind: 'hang', processed: false },
      { kind: 'page502', processed: false },
    ])('claims of what was lost on its way only what it can prove: $kind', async (fault) => {
      const answer = await ask(await sendUnder(fault));
      if (facts.provesAbsence) expect(answer).toEqual({ kind: 'absent' });
      else expect(answer).toMatchObject({ kind: 'unsure' });
    });

    it('is not sure of an absence as long as the call may still be on its way', async () => {
      const sent = await sendUnder({ kind: 'resetBeforeRead' });
      const overBy = new Date(Date.now() + 60_000);
      expect(await ask(sent, { overBy })).toMatchObject({ kind: 'unsure' });
    });

    it('is not sure of the absence of what was sent before the provider remembers', async ({
      skip,
    }: TestContext) => {
      if (facts.forget === undefined) return skip('it never forgets');
      const sent = await sendUnder({ kind: 'resetBeforeRead' });
      await facts.forget(rig);
      expect(await ask(sent)).toMatchObject({ kind: 'unsure' });
    });

    it('takes no attempt for another', async () => {
      const sent = newMessage();
      expect(await rig.client.send(sent, DEADLINE_MS)).toMatchObject({ kind: 'accepted' });
      const afterwards = Date.now();
      await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(afterwards);
      const second = { ...sent, correlationId: sent.correlationId.replace(/1$/, '2') };
      expect((await ask(second, { attempt: 2, begunAt: new Date() })).kind).not.toBe('found');
    });

    it.each<WireFault>([
      { kind: 'hang', processed: false },
      { kind: 'slowBytes', delayMs: 30 },
      { kind: 'latency', delayMs: 3000 },
      { kind: 'resetAfterRead' },
      { kind: 'halfBody' },
      { kind: 'status200BadJson' },
      { kind: 'wrongCharset' },
      { kind: 'page502', processed: false },
      { kind: 'redirect307' },
      ...facts.troubles.map((answer): WireFault => ({ kind: 'answer', answer, processed: false })),
    ])('is not sure where the question itself fails, and asks once: %j', async (fault) => {
      const sent = newMessage();
      await rig.client.send(sent, DEADLINE_MS);
      await rig.addFault(fault, 'lookUp');
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
