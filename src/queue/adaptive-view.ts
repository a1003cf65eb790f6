import { fullAtMs, RECOVERING, shareAt, type Slowdown } from './adaptive.js';

/** A slowdown as people are told of it. */
export interface ShownSlowdown {
  readonly code: string;
  readonly text: string;
  /** Of its full rate, now. */
  readonly share: number;
  /** ISO 8601, as is the next. */
  readonly since: string;
  readonly fullRateAt: string;
}

export function slowdownShown(slowdown: Slowdown, nowMs: number): ShownSlowdown {
  const share = Math.round(shareAt(slowdown, nowMs) * 1000) / 1000;
  const fullRateAt = new Date(fullAtMs(slowdown)).toISOString();
  const why =
    slowdown.code === RECOVERING
      ? 'Its breaker was open and a probe went through'
      : `The provider asked to slow down (${slowdown.code})`;
  return {
    code: slowdown.code,
    text: `${why}; it is at ${Math.round(share * 100)} % of its rate and climbs back until ${fullRateAt}.`,
    share,
    since: new Date(slowdown.sinceMs).toISOString(),
    fullRateAt,
  };
}
