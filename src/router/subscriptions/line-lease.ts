/** For how long a worker that says nothing more keeps an endpoint from the others: that is how long a death costs. */
export const LEASE_MS = 10_000;
export const RENEW_EVERY_MS = 2500;
/** So long before another worker may have the endpoint, nothing of this one is on its way there any more. */
const MARGIN_MS = 1000;

/**
 * The right of one visit to speak to an endpoint, by this process' own clock, and counted from before Postgres was
 * asked: it ends here earlier than there. Where it cannot be renewed, open calls are cut rather than left beside those
 * of whoever comes next.
 */
export class LineLease {
  private readonly ending = new AbortController();
  private endsMs = Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    /** Of this lease alone: a worker that gets the endpoint a second time is another to its first visit. */
    readonly id: string,
    readonly subscriptionId: string,
    askedAtMs: number,
  ) {
    this.renewed(askedAtMs);
  }

  /** Cuts what is open when the lease is over. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Looks at the clock: a process that was frozen wakes before its timers do. */
  get isOver(): boolean {
    return this.ending.signal.aborted || performance.now() >= this.endsMs;
  }

  /** What is over stays over: its calls were cut. */
  renewed(askedAtMs: number): void {
    if (this.isOver) return;
    clearTimeout(this.timer);
    this.endsMs = askedAtMs + LEASE_MS - MARGIN_MS;
    this.timer = setTimeout(() => this.ending.abort(), this.endsMs - performance.now());
    this.timer.unref();
  }

  /** No further call begins; those that are open have until the lease is over. */
  withdraw(): void {
    this.endsMs = performance.now();
  }

  /** The visit has ended. */
  end(): void {
    clearTimeout(this.timer);
  }
}
