import { assertNever } from '../common/assert-never.js';
import type { SendOutcome } from '../channels/providers/send-outcome.js';
import type { DispatchPolicy } from '../ledger/dispatch.js';
import type { Settlement } from '../ledger/settlement.js';

export interface SentRow {
  readonly seq: number;
  readonly attempt: number;
  readonly tries: number;
}

/**
 * What is written for an outcome. Pure; this table is where "never twice" is decided: only a documented refusal or a
 * proof that nothing was taken leads back to pending, and everything that cannot be told is unknown.
 *
 * @param random in [0, 1), spreads the retries of many messages
 */
export function settlementOf(
  outcome: SendOutcome,
  row: SentRow,
  policy: DispatchPolicy,
  random: number,
): Settlement {
  const base = {
    seq: row.seq,
    attempt: row.attempt,
    triesSpent: 0,
    againInMs: null,
    providerId: null,
  } as const;
  switch (outcome.kind) {
    case 'accepted':
      return { ...base, state: 'accepted', providerId: outcome.providerId, trail: null };
    case 'rejected':
      return { ...base, state: 'failed', trail: trailOf(outcome) };
    case 'unknown':
      return { ...base, state: 'unknown', trail: trailOf(outcome) };
    case 'unavailable':
    case 'blocked':
      return { ...base, state: 'pending', trail: trailOf(outcome) };
    case 'throttled':
      // Number and app hold the whole channel; a pair limit concerns this recipient alone.
      return {
        ...base,
        state: 'pending',
        againInMs: outcome.scope === 'pair' ? outcome.retryAfterMs : null,
        trail: trailOf(outcome),
      };
    case 'retryable': {
      const tries = row.tries + 1;
      if (tries >= policy.maxTries)
        return { ...base, state: 'failed', triesSpent: 1, trail: trailOf(outcome) };
      const delayMs = Math.max(outcome.retryAfterMs ?? 0, retryDelayMs(policy, tries, random));
      return {
        ...base,
        state: 'pending',
        triesSpent: 1,
        againInMs: delayMs,
        trail: trailOf(outcome),
      };
    }
    default:
      return assertNever(outcome);
  }
}

/** Exponential with jitter: half of the step is certain, half is drawn. `tries` counts from 1. */
export function retryDelayMs(policy: DispatchPolicy, tries: number, random: number): number {
  if (policy.isSteady === true) return policy.retryBaseMs;
  const step = Math.min(policy.retryBaseMs * 2 ** (tries - 1), policy.retryMaxMs);
  return Math.round(step / 2 + (step / 2) * random);
}

function trailOf(outcome: Exclude<SendOutcome, { kind: 'accepted' }>): Settlement['trail'] {
  return { outcome: outcome.kind, code: outcome.code, reason: outcome.reason };
}
