export interface Patience {
  readonly firstWaitMs: number;
  /** Waits double up to this; without it, for as long as there is time. */
  readonly longestWaitMs?: number;
  /** No wait that would end later than this after the first try. */
  readonly forMs: number;
}

/** Does the work again and again until it succeeds; throws what it failed with last when there is no time left. */
export async function insist<T>(
  { firstWaitMs, longestWaitMs = Infinity, forMs }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  const endsMs = performance.now() + forMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() + waitMs > endsMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
