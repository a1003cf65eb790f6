import { describe, expect, it } from 'vitest';
import { allowanceOf, failureReason } from './failure-limit.js';

describe('a limit of failures', () => {
  it('is a number of failures among a number of outcomes, whatever floats make of the rate', () => {
    expect(allowanceOf({ rate: 0.1, of: 50 })).toEqual({ mostFailures: 5, outcomes: 50 });
    expect(allowanceOf({ rate: 0.29, of: 100 })).toEqual({ mostFailures: 29, outcomes: 100 });
    expect(allowanceOf({ rate: 0, of: 10 })).toEqual({ mostFailures: 0, outcomes: 10 });
    expect(allowanceOf({ rate: 0.05, of: 10 })).toEqual({ mostFailures: 0, outcomes: 10 });
  });

  it('that nothing can cross is none', () => {
    expect(allowanceOf({ rate: 1, of: 100 })).toBeNull();
  });

  it('says with its figures what crossed it', () => {
    expect(failureReason({ mostFailures: 5, outcomes: 50 })).toContain(
      '6 of its last 50 messages failed or are unknown; 5 may (10 %).',
    );
  });
});
