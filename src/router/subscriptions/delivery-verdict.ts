import { assertNever } from '../../common/assert-never.js';
import type { Answer } from './delivery.js';

/** How a delivery that failed is tried again: after `baseMs`, then twice as long each time, for `giveUpMs` in all. */
export interface Patience {
  readonly baseMs: number;
  readonly giveUpMs: number;
}

/** No wait between two tries is longer, so that an endpoint which is back gets its events within the hour. */
const LONGEST_WAIT_MS = 3_600_000;

export type Verdict =
  | { readonly state: 'delivered' }
  | { readonly state: 'pending'; readonly waitMs: number }
  /** For a day nobody took it: it is kept, and sent again only on order. */
  | { readonly state: 'dead' };

export interface Tried {
  readonly answer: Answer;
  /** Before this one. */
  readonly attempts: number;
  /** Since the first try; 0 at the first. */
  readonly triedForMs: number;
}

/** `random` in [0, 1): the wait is spread over its upper half, so that what failed together does not come back together. */
export function verdictOf(tried: Tried, patience: Patience, random: number): Verdict {
  const { answer, attempts, triedForMs } = tried;
  switch (answer.kind) {
    case 'taken':
      return { state: 'delivered' };
    case 'refused':
    case 'lost': {
      if (triedForMs >= patience.giveUpMs) return { state: 'dead' };
      const waitMs = Math.min(patience.baseMs * 2 ** Math.min(attempts, 30), LONGEST_WAIT_MS);
      const asked = answer.kind === 'refused' ? (answer.retryAfterMs ?? 0) : 0;
      // The last try is at the end of the day, not an hour behind it.
      const left = Math.max(patience.giveUpMs - triedForMs, patience.baseMs);
      return { state: 'pending', waitMs: Math.min(Math.max(waitMs * (0.5 + random / 2), asked), left) };
    }
    default:
      return assertNever(answer);
  }
}
