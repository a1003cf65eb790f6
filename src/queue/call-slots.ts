/** How far back the pace of a process is looked at. */
const PACE_WINDOW_MS = 100;

/**
 * What one process may have open on one channel: a bound on open calls, and a slow start. A worker may put no more
 * messages past the barrier at once than it began calls for in the last 100 ms: past the barrier and not begun is what
 * a crash makes unknown and a pause must hand back.
 */
export class CallSlots {
  private open = 0;
  private waiters: (() => void)[] = [];
  private readonly begun: { atMs: number; count: number }[] = [];

  constructor(private readonly most: number) {}

  get openCalls(): number {
    return this.open;
  }

  /** Most messages that may pass the barrier together now; at least 1, at most what is free. */
  allowance(nowMs: number): number {
    while (this.begun.length > 0 && this.begun[0]!.atMs < nowMs - PACE_WINDOW_MS) this.begun.shift();
    const recent = this.begun.reduce((sum, one) => sum + one.count, 0);
    return Math.min(Math.max(1, recent), this.most - this.open);
  }

  /** Waits until at least one call may be opened. */
  async free(): Promise<void> {
    while (this.open >= this.most) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  take(count: number): void {
    this.open += count;
  }

  giveBack(count = 1): void {
    this.open -= count;
    const woken = this.waiters;
    if (woken.length === 0) return;
    this.waiters = [];
    for (const wake of woken) wake();
  }

  /** Notes that calls began, for the pace. */
  began(nowMs: number): void {
    const last = this.begun.at(-1);
    if (last !== undefined && nowMs - last.atMs < 1) last.count += 1;
    else this.begun.push({ atMs: nowMs, count: 1 });
  }
}
