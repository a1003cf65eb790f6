import type { ChannelBudget } from './channel-budget.js';
import type { ChannelLimits } from './channel-limits.js';

/** A rest of `pauseMs` after each `pauseEvery` messages, on top of the delay; both or none. */
interface Pauses {
  readonly pauseEvery?: number;
  readonly pauseMs?: number;
}

/** Each delay and pause is varied at random by at most this part of it: 0.2 is ±20 %. */
interface Varied {
  readonly jitter?: number;
}

/**
 * How sends are spread under the limits, which hold whatever is said here. `max`: the limits alone decide. `even`:
 * spread so that no limit is ever spent before its window is over. `fixed`: one delay. `progressive`: `baseDelayMs`
 * after each of the first `stepEvery` messages, `stepMs` more after each of the next, and so on up to `maxDelayMs`.
 */
export type ChannelPacing = Pauses &
  (
    | { readonly mode: 'max' }
    | ({ readonly mode: 'even' } & Varied)
    | ({ readonly mode: 'fixed'; readonly intervalMs: number } & Varied)
    | ({
        readonly mode: 'progressive';
        readonly baseDelayMs: number;
        readonly stepMs: number;
        readonly stepEvery: number;
        readonly maxDelayMs: number;
      } & Varied)
  );

/** The hold of a channel whose breaker a person opened; it ends when a person closes it. */
export const BREAKER_OPENED = 'breaker_opened';

/** What the rest of Caudal knows of a channel; no settings, so nothing secret. */
export interface Channel {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly provider: string;
  /** The provider's own name of the sending number. */
  readonly accountRef: string | null;
  readonly limits: ChannelLimits;
  readonly pacing: ChannelPacing;
  /** 1 to 10: its share where a campaign uses several. */
  readonly weight: number;
  /** Whom it may begin conversations with in 24 hours; missing: whomever one likes. */
  readonly budget?: ChannelBudget;
  /** Grows with each change of limits, pacing, budget, settings or hold. */
  readonly version: number;
  /** A hold that only a person or new settings lift; null while there is none. */
  readonly heldCode: string | null;
  readonly heldReason: string | null;
  readonly heldSince: Date | null;
}
