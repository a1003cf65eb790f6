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

/** Past this, somebody asks again: an add that never settles must not silence a process for ever. */
const ASKED_AGAIN_AFTER_MS = 30_000;

/**
 * The bells of one process. While Redis does not answer one, no other is rung: Bull keeps them all in memory, an outage
 * long, and they would come down at once where the tick rings for the same work anyway.
 */
export class Ringing {
  private unansweredUntilMs = 0;

  constructor(private readonly timeoutMs = RING_TIMEOUT_MS) {}

  async ring(add: () => Promise<unknown>): Promise<Rung> {
    if (performance.now() < this.unansweredUntilMs) {
      return { kind: 'lost', reason: 'Redis has not answered an earlier one' };
    }
    let isAnswered = false;
    const answered = (): void => {
      isAnswered = true;
      this.unansweredUntilMs = 0;
    };
    const adding = add();
    adding.then(answered, answered);
    const rung = await rungInTime(adding, this.timeoutMs);
    if (!isAnswered) this.unansweredUntilMs = performance.now() + ASKED_AGAIN_AFTER_MS;
    return rung;
  }
}
