import { describe, expect, it } from 'vitest';
import type { SendOutcome } from '../channels/providers/send-outcome.js';
import { retryDelayMs, settlementOf } from './settlement-of.js';

const POLICY = { maxTries: 3, retryBaseMs: 1000, retryMaxMs: 8000 };
const ROW = { seq: 7, attempt: 2, tries: 0 };
const BECAUSE = { code: 'c', reason: 'r' };

const settle = (outcome: SendOutcome, tries = 0) => settlementOf(outcome, { ...ROW, tries }, POLICY, 0.5);

describe('the settlement of an outcome', () => {
  it('is accepted with the provider’s id and no trail', () => {
    expect(settle({ kind: 'accepted', providerId: 'wamid.1' })).toEqual({
      seq: 7,
      attempt: 2,
      state: 'accepted',
      triesSpent: 0,
      againInMs: null,
      providerId: 'wamid.1',
      trail: null,
    });
  });

  it('is failed for a refusal, with its code', () => {
    expect(settle({ kind: 'rejected', failureClass: 'permanent_recipient', ...BECAUSE })).toMatchObject({
      state: 'failed',
      trail: { outcome: 'rejected', code: 'c', reason: 'r' },
    });
  });

  it('is unknown for what nobody can tell, and nothing else is', () => {
    expect(settle({ kind: 'unknown', speaksOfHealth: true, ...BECAUSE }).state).toBe('unknown');
  });

  it('spends no try and waits for nothing of its own when the call was never made or the channel is at fault', () => {
    for (const outcome of [
      { kind: 'unavailable', speaksOfHealth: true, ...BECAUSE },
      { kind: 'blocked', failureClass: 'auth_stop', ...BECAUSE },
      { kind: 'throttled', scope: 'number', retryAfterMs: 5000, ...BECAUSE },
      { kind: 'throttled', scope: 'app', retryAfterMs: 5000, ...BECAUSE },
    ] as const satisfies SendOutcome[]) {
      expect(settle(outcome)).toMatchObject({ state: 'pending', triesSpent: 0, againInMs: null });
    }
  });

  it('holds only the recipient of a pair limit, and spends no try', () => {
    expect(settle({ kind: 'throttled', scope: 'pair', retryAfterMs: 5000, ...BECAUSE })).toMatchObject({
      state: 'pending',
      triesSpent: 0,
      againInMs: 5000,
    });
  });

  it('spends a try on a retryable outcome, and fails when the last one is spent', () => {
    const retryable = { kind: 'retryable', failureClass: 'transient', ...BECAUSE } as const;
    expect(settle(retryable, 0)).toMatchObject({
      state: 'pending',
      triesSpent: 1,
      againInMs: 750,
    });
    expect(settle(retryable, 1)).toMatchObject({
      state: 'pending',
      triesSpent: 1,
      againInMs: 1500,
    });
    expect(settle(retryable, 2)).toMatchObject({ state: 'failed', triesSpent: 1, againInMs: null });
  });

  it('waits as long as the provider asked when that is longer', () => {
    expect(
      settle({ kind: 'retryable', failureClass: 'transient', retryAfterMs: 90_000, ...BECAUSE }).againInMs,
    ).toBe(90_000);
  });

  it('doubles the wait with each try up to the longest, spread over its upper half', () => {
    expect([1, 2, 3, 4, 9].map((tries) => retryDelayMs(POLICY, tries, 0))).toEqual([
      500, 1000, 2000, 4000, 4000,
    ]);
    expect(retryDelayMs(POLICY, 4, 0.999)).toBeGreaterThan(7900);
  });

  it('waits the same before each try where the policy is steady', () => {
    const steady = { ...POLICY, isSteady: true };
    expect([1, 2, 9].map((tries) => retryDelayMs(steady, tries, 0.3))).toEqual([1000, 1000, 1000]);
  });
});
