import { describe, expect, it } from 'vitest';
import { graphError, GRAPH_FACTS } from './graph-facts.js';
import { describeProviderContract } from './provider-contract.js';
import { SimulatorRig } from './simulator-rig.js';

/** The number is made known to the simulator by the driver itself, before its first call. */
describeProviderContract(
  {
    name: 'simulator',
    ...GRAPH_FACTS,
    lookUp: {
      provesAbsence: true,
      forget: (rig) => (rig as SimulatorRig).control.clearLedger(),
      troubles: [graphError(500, 131000), graphError(429, 130429)],
    },
  },
  () => SimulatorRig.start('simulator', async () => ({ statusDelayMs: 20, readRate: 1 })),
);

describe('a simulator whose look-ups lag', () => {
  it('neither finds nor denies what was just taken', async () => {
    const rig = await SimulatorRig.start('simulator', async () => ({ lookUpLagMs: 60_000 }));
    try {
      const sent = { recipient: '+5215512345678', correlationId: '1:1:1' };
      // What it remembers began with it: in a millisecond of its own.
      const startedMs = Date.now();
      await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(startedMs);
      const begunAt = new Date();
      const message = { ...sent, content: { type: 'text', text: 'Hola' } } as const;
      expect(await rig.client.send(message, 5000)).toMatchObject({ kind: 'accepted' });
      const question = { ...sent, attempt: 1, begunAt, overBy: new Date() };
      expect(await rig.client.lookUp!(question, 5000)).toMatchObject({
        kind: 'unsure',
        code: 'not_visible_yet',
      });
    } finally {
      await rig.stop();
    }
  });
});
