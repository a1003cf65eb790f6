/** Bull waits this long for Redis at most: a lost bell is rung again by a tick, a hanging request is a defect. */
const RING_TIMEOUT_MS = 1500;

export type Rung = { readonly kind: 'rung' } | { readonly kind: 'lost'; readonly reason: string };

/**
 * What became of adding jobs to a queue. Never throws, and leaves neither a timer nor a rejection behind: Redis may
 * answer, or fail, long after nobody waits any more.
 */
export function rungInTime(adding: Promise<unknown>, timeoutMs = RING_TIMEOUT_MS): Promise<Rung> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve({ kind: 'lost', reason: `Redis did not answer within ${timeoutMs} ms` });
    }, timeoutMs);
    const settle = (rung: Rung): void => {
      clearTimeout(timer);
      resolve(rung);
    };
    adding.then(
      () => settle({ kind: 'rung' }),
      (error: unknown) => settle({ kind: 'lost', reason: (error as Error).message }),
    );
  });
}
