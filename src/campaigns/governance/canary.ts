import type { StageSize } from './stage-size.js';

/** The first recipients of a campaign, and what may come of them before the others get it. */
export interface Canary {
  readonly size: StageSize;
  /** Of the messages that were sent, the part that may have failed or be unknown. */
  readonly maxFailureRate: number;
  /** The part of them that may have opted out since the start; null: it is not looked at. */
  readonly maxOptOutRate: number | null;
  /** From when the last of them was settled: for statuses and opt-outs to come. */
  readonly waitMs: number;
}

/** What came of it. */
export interface CanaryFigures {
  /** Messages that a provider was asked to take. */
  readonly sent: number;
  readonly failed: number;
  /** Nobody can tell whether these were taken. */
  readonly unknown: number;
  /** People among them who have opted out since the start. */
  readonly optedOut: number;
}

export type CanaryVerdict = { readonly kind: 'go-on' } | { readonly kind: 'hold'; readonly reason: string };

/** A message whose outcome is unknown counts as a failure: a canary is there for the sake of doubt. */
export function judgeCanary(canary: Canary, figures: CanaryFigures): CanaryVerdict {
  const { sent, failed, unknown, optedOut } = figures;
  if (sent === 0) {
    return held('Nobody of its canary was sent anything: all of them were skipped, so it says nothing.');
  }
  const failures = failed + unknown;
  if (isAbove(failures, canary.maxFailureRate, sent)) {
    const doubt = unknown === 0 ? '' : ` or are unknown (${unknown})`;
    return held(
      `Of the ${sent} messages of its canary ${failures} failed${doubt}, ${percent(failures / sent)}; ` +
        `${percent(canary.maxFailureRate)} may.`,
    );
  }
  const { maxOptOutRate } = canary;
  if (maxOptOutRate !== null && isAbove(optedOut, maxOptOutRate, sent)) {
    return held(
      `Of the ${sent} people of its canary ${optedOut} opted out, ${percent(optedOut / sent)}; ` +
        `${percent(maxOptOutRate)} may.`,
    );
  }
  return { kind: 'go-on' };
}

/** Without a division, and with what 0.07 * 100 is too much forgiven. */
function isAbove(count: number, rate: number, of: number): boolean {
  return count > rate * of + 1e-9;
}

export function percent(rate: number): string {
  return `${Math.round(rate * 10_000) / 100} %`;
}

function held(what: string): CanaryVerdict {
  return { kind: 'hold', reason: `${what} Look at the report; then confirm it, or stop it.` };
}
