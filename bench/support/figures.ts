import { SlidingCount } from '../../src/simulator/sliding-count.js';

/** The most instants in any half-open window of this length. */
export function mostIn(instantsMs: readonly number[], windowMs: number): number {
  const count = new SlidingCount(windowMs);
  for (const instant of instantsMs.toSorted((a, b) => a - b)) count.add(instant);
  return count.most;
}

/** From the first instant to the last: what the gaps between them come to. */
export function meanPerSecond(instantsMs: readonly number[]): number {
  const sorted = instantsMs.toSorted((a, b) => a - b);
  return ((sorted.length - 1) * 1000) / (sorted.at(-1)! - sorted[0]!);
}

/** NaN of nothing. */
export function p99(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}

export function rounded(figure: number, digits = 1): number {
  return Number(figure.toFixed(digits));
}
