import type { SendOutcome } from '../../src/channels/providers/send-outcome.js';
import type { Settlement } from '../../src/ledger/settlement.js';
import { settlementOf } from '../../src/queue/settlement-of.js';
import type { Call } from './send-world.js';

const BECAUSE = { code: 'model', reason: 'The model said so.' };

/**
 * What a call may come to. What the provider did (`taken`) and what the worker learns of it (`outcome`) differ:
 * that is all that makes sending once hard.
 */
const ANSWERS = {
  accepted: { isTaken: true, outcome: { kind: 'accepted', providerId: null } },
  rejected: {
    isTaken: false,
    outcome: { kind: 'rejected', failureClass: 'permanent_recipient', ...BECAUSE },
  },
  retryable: { isTaken: false, outcome: { kind: 'retryable', failureClass: 'transient', ...BECAUSE } },
  throttled: { isTaken: false, outcome: { kind: 'throttled', scope: 'number', retryAfterMs: 0, ...BECAUSE } },
  unavailable: { isTaken: false, outcome: { kind: 'unavailable', speaksOfHealth: true, ...BECAUSE } },
  lostButTaken: { isTaken: true, outcome: { kind: 'unknown', speaksOfHealth: true, ...BECAUSE } },
  lostNotTaken: { isTaken: false, outcome: { kind: 'unknown', speaksOfHealth: true, ...BECAUSE } },
  /** No call at all: paused, too late, or stopped between barrier and call. */
  neverBegun: { isTaken: false, outcome: { kind: 'unavailable', speaksOfHealth: false, ...BECAUSE } },
} as const satisfies Record<string, { isTaken: boolean; outcome: SendOutcome }>;

export type Answer = keyof typeof ANSWERS;
export const EVERY_ANSWER = Object.keys(ANSWERS) as readonly Answer[];

/** Two tries, so that spent tries are met; no wait between them, so that nothing depends on the clock. */
export const POLICY = { maxTries: 2, retryBaseMs: 0, retryMaxMs: 0 };

export function isTaken(answer: Answer): boolean {
  return ANSWERS[answer].isTaken;
}

/** A proof of non-acceptance leads back to pending, and only it. */
export function leadsBack(answer: Answer): boolean {
  const { kind } = ANSWERS[answer].outcome;
  return kind === 'retryable' || kind === 'throttled' || kind === 'unavailable';
}

/** What the worker writes for a call, by the engine's own table. `seq` is for whoever knows it. */
export function settlementFor(call: Call & { readonly answer: Answer }, seq: number): Settlement {
  const { attempt, tries } = call;
  return settlementOf(ANSWERS[call.answer].outcome, { seq, attempt, tries }, POLICY, 0);
}
