import type { Canary } from './canary.js';
import { sizeShown } from './stage-size.js';

/** As it was given. */
export interface CanaryShown {
  readonly size: number | string;
  readonly maxFailureRate: number;
  readonly maxOptOutRate: number | null;
  readonly waitMinutes: number;
}

export function canaryShown(canary: Canary | null): CanaryShown | null {
  if (canary === null) return null;
  const { size, maxFailureRate, maxOptOutRate, waitMs } = canary;
  return { size: sizeShown(size), maxFailureRate, maxOptOutRate, waitMinutes: waitMs / 60_000 };
}
