import { describe, expect, it } from 'vitest';
import type { SendOutcome } from '../send-outcome.js';
import { SESSION_ERROR_CODE } from './evolution-errors.js';
import { SessionErrorRun } from './session-error-run.js';

const LOST: SendOutcome = {
  kind: 'retryable',
  failureClass: 'session_down',
  code: SESSION_ERROR_CODE,
  reason: 'The keys are lost.',
};
const ACCEPTED: SendOutcome = { kind: 'accepted', providerId: 'A' };

function kindsOf(calls: readonly (readonly [SendOutcome, string])[]): string[] {
  const run = new SessionErrorRun();
  return calls.map(([outcome, recipient]) => run.judge(outcome, recipient).kind);
}

describe('lost keys', () => {
  it('of one person spend a try each time and never hold the channel', () => {
    expect(kindsOf(Array.from({ length: 20 }, () => [LOST, '+1'] as const))).not.toContain('blocked');
  });

  it('of three people in a row are those of the session, which holds the channel', () => {
    expect(
      kindsOf([
        [LOST, '+1'],
        [LOST, '+2'],
        [LOST, '+1'],
        [LOST, '+3'],
        [LOST, '+4'],
      ]),
    ).toEqual(['retryable', 'retryable', 'retryable', 'blocked', 'retryable']);
  });

  it('are not those of the session as long as somebody is reached in between', () => {
    const calls = ['+1', '+2', '+3', '+4'].flatMap((recipient) => [
      [LOST, recipient] as const,
      [LOST, `${recipient}0`] as const,
      [ACCEPTED, '+9'] as const,
    ]);
    expect(kindsOf(calls)).not.toContain('blocked');
  });

  it('leave every other outcome as it is', () => {
    const run = new SessionErrorRun();
    const media: SendOutcome = { ...LOST, failureClass: 'transient_media', code: 'media_fetch' };
    for (const outcome of [ACCEPTED, media]) {
      for (const recipient of ['+1', '+2', '+3', '+4']) expect(run.judge(outcome, recipient)).toBe(outcome);
    }
  });
});
