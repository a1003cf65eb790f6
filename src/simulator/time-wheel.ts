/**
 * Things due later, in one bucket for each tick and one timer for all of them: a million pending statuses cost the
 * eight bytes of their number each, not a timer and a closure. Nothing is handed over early; at most a tick late.
 */
export class TimeWheel<T> {
  readonly #tickMs: number;
  readonly #onDue: (item: T) => void;
  readonly #buckets = new Map<number, T[]>();
  #nextTick = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tickMs: number, onDue: (item: T) => void) {
    this.#tickMs = tickMs;
    this.#onDue = onDue;
  }

  add(delayMs: number, item: T): void {
    const now = performance.now();
    if (this.#timer === undefined) {
      this.#nextTick = Math.floor(now / this.#tickMs) + 1;
      this.#arm(now);
    }
    // A tick that was already handed over would never be looked at again.
    const tick = Math.max(Math.ceil((now + delayMs) / this.#tickMs), this.#nextTick);
    const bucket = this.#buckets.get(tick);
    if (bucket) bucket.push(item);
    else this.#buckets.set(tick, [item]);
  }

  clear(): void {
    this.#buckets.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(now: number): void {
    const waitMs = Math.max(1, this.#nextTick * this.#tickMs - now);
    this.#timer = setTimeout(() => this.#turn(), waitMs);
  }

  #turn(): void {
    const fired = this.#timer;
    const lastTick = Math.floor(performance.now() / this.#tickMs);
    while (this.#nextTick <= lastTick && this.#buckets.size > 0) {
      const bucket = this.#buckets.get(this.#nextTick);
      this.#buckets.delete(this.#nextTick);
      this.#nextTick++;
      if (bucket) for (const item of bucket) this.#onDue(item);
    }
    // Whoever was called may have cleared the wheel, and even armed it anew.
    if (this.#timer !== fired) return;
    if (this.#buckets.size === 0) this.#timer = undefined;
    else this.#arm(performance.now());
  }
}
