/** How far back the pace of a process is looked at. */
const PACE_WINDOW_MS = 100;

/**
 * What one process may have open on one channel: a bound on open calls, and a slow start. A worker may put no more
 * messages past the barrier at once than it began calls for in the last 100 ms: past the barrier and not begun is what
 * a crash makes unknown and a pause must hand back.
 */
export class CallSlots {
  private open = 0;
  private readonly waiters: (() => void)[] = [];
  private readonly begun: { atMs: number; count: number }[] = [];
  private recent = 0;

  constructor(private readonly most: number) {}

  get openCalls(): number {
    return this.open;
  }

  /** Most messages that may pass the barrier together now; at least 1. */
  allowance(nowMs: number): number {
    while (this.begun.length > 0 && this.begun[0]!.atMs < nowMs - PACE_WINDOW_MS) {
      this.recent -= this.begun.shift()!.count;
    }
    return Math.max(1, this.recent);
  }

  /** Opens a call when one is free; null: it is open already, and nothing has to be waited for. */
  take(): Promise<void> | null {
    if (this.open < this.most) {
      this.open += 1;
      return null;
    }
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** Ends a call; the place goes to whoever waits longest. */
  giveBack(): void {
    const next = this.waiters.shift();
    if (next === undefined) this.open -= 1;
    else next();
  }

  /** Notes that a call began, for the pace. */
  began(nowMs: number): void {
    this.recent += 1;
    const last = this.begun.at(-1);
    if (last !== undefined && nowMs - last.atMs < 1) last.count += 1;
    else this.begun.push({ atMs: nowMs, count: 1 });
  }
}
