import { describe, expect, it } from 'vitest';
import { searchAll } from './search.js';
import type { Scope } from './send-step.js';
import { newWorld, NO_FAULTS, type Budget } from './send-world.js';

/** One answer for each way that a call may leave the ledger, and one word that proves. */
const SCOPE: Scope = { answers: ['accepted', 'unavailable', 'lostButTaken'], words: ['delivered'] };
/** The words that contradict each other as well. */
const WIDE: Scope = { answers: [...SCOPE.answers, 'neverBegun'], words: ['delivered', 'failed'] };

interface Case {
  readonly name: string;
  readonly size: { messages: number; batchSize: number; workers: number };
  readonly faults: Partial<Budget>;
  readonly scope: Scope;
}

const CASES: readonly Case[] = [
  {
    name: '3 workers, 2 messages: 2 crashes, 1 freeze, 1 pause, 1 proof',
    size: { messages: 2, batchSize: 2, workers: 3 },
    faults: { crashes: 2, freezes: 1, pauses: 1, proofs: 1 },
    scope: SCOPE,
  },
  {
    name: '2 workers, 2 messages: a barrier that lands late, 1 crash, 1 pause, 1 cancel',
    size: { messages: 2, batchSize: 2, workers: 2 },
    faults: { lateBarriers: 1, crashes: 1, pauses: 1, cancels: 1 },
    scope: SCOPE,
  },
  {
    name: '2 workers, 2 messages: a settle written twice, 1 proof, a lost Redis',
    size: { messages: 2, batchSize: 2, workers: 2 },
    faults: { lostSettles: 1, proofs: 1, losses: 1 },
    scope: SCOPE,
  },
  {
    name: '2 workers, 2 messages: 1 crash whose journal is read, a barrier that lands late',
    size: { messages: 2, batchSize: 2, workers: 2 },
    faults: { crashes: 1, journals: 1, lateBarriers: 1 },
    scope: SCOPE,
  },
  {
    name: '2 workers, 2 messages: 1 crash, 1 proof, 1 opt-out',
    size: { messages: 2, batchSize: 2, workers: 2 },
    faults: { crashes: 1, proofs: 1, optOuts: 1 },
    scope: SCOPE,
  },
  {
    name: '1 worker, 1 message: a resend that a person ordered, the horizon, 1 crash, 1 proof',
    size: { messages: 1, batchSize: 1, workers: 1 },
    faults: { orders: 1, horizons: 1, crashes: 1, proofs: 1 },
    scope: WIDE,
  },
];

describe('every order of everything that can happen', () => {
  for (const { name, size, faults, scope } of CASES) {
    it(`keeps the promises: ${name}`, ({ annotate }) => {
      const found = searchAll(newWorld(size, { ...NO_FAULTS, ...faults }), scope);
      expect(found.broken).toBeNull();
      return annotate(`${found.states} states, ${found.steps} steps`).then(() => undefined);
    }, 120_000);
  }
});
