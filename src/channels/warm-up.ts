/** How a new number gets used to sending: so many contacts on its first day, and more on each day after it. */
export interface WarmUp {
  readonly start: number;
  /** Each day's budget is so many times that of the day before … */
  readonly factor?: number;
  /** … or so much more. */
  readonly addPerDay?: number;
  /** ISO 8601; its first day begins here, and each later one 24 hours after the one before. */
  readonly since: string;
  /** ISO 8601; behind it there is no warm-up any more. Missing: as long as it makes a difference. */
  readonly until?: string;
}

const DAY_MS = 86_400_000;
/** More than any tier of a provider: a ramp that has come so far limits nothing any more. */
const FULL = 10_000_000;

/** The contacts that the ramp allows in 24 hours at an instant; null where it allows as many as one likes. */
export function warmUpBudget(warmUp: WarmUp, atMs: number): number | null {
  if (warmUp.until !== undefined && atMs >= Date.parse(warmUp.until)) return null;
  const day = Math.max(0, Math.floor((atMs - Date.parse(warmUp.since)) / DAY_MS));
  const budget =
    warmUp.factor === undefined
      ? warmUp.start + (warmUp.addPerDay ?? 0) * day
      : Math.floor(warmUp.start * warmUp.factor ** day);
  return budget >= FULL ? null : budget;
}

/** When the ramp allows more than at an instant: at the next of its days, or at its end. */
export function nextStepMs(warmUp: WarmUp, atMs: number): number {
  const sinceMs = Date.parse(warmUp.since);
  const stepMs = sinceMs + (Math.max(0, Math.floor((atMs - sinceMs) / DAY_MS)) + 1) * DAY_MS;
  const endMs = warmUp.until === undefined ? Infinity : Date.parse(warmUp.until);
  return endMs > atMs ? Math.min(stepMs, endMs) : stepMs;
}
