import type { FailureAllowance } from '../../ledger/failure-watch.repository.js';
import { percent } from './canary.js';

/** It is held when more than this part of its last outcomes failed or is unknown. */
export interface FailureLimit {
  readonly rate: number;
  /** So many outcomes. */
  readonly of: number;
}

/**
 * So many failures among so many outcomes are at the limit, one more is above it. They are counted from the first: a
 * campaign need not have had so many outcomes for too many of them to have failed. Null where nothing could be too much.
 */
export function allowanceOf({ rate, of }: FailureLimit): FailureAllowance | null {
  const mostFailures = Math.floor(rate * of + 1e-9);
  return mostFailures >= of ? null : { mostFailures, outcomes: of };
}

/** Why a campaign that came above it is held. */
export function failureReason({ mostFailures, outcomes }: FailureAllowance): string {
  return (
    `${mostFailures + 1} of its last ${outcomes} messages failed or are unknown; ${mostFailures} may ` +
    `(${percent(mostFailures / outcomes)}). Look at the report for their codes; then confirm it, or stop it.`
  );
}
