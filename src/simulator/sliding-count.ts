/**
 * How many instants lie in the window that ends at the last one, and the most there ever were in any window.
 * Half open: two instants exactly one window apart are not together. Memory is one ring of the fullest window.
 * Instants must not go backwards.
 */
export class SlidingCount {
  readonly #windowMs: number;
  #ring = new Float64Array(256);
  #head = 0;
  #count = 0;
  #most = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  get most(): number {
    return this.#most;
  }

  add(instantMs: number): void {
    this.countAt(instantMs);
    if (this.#count === this.#ring.length) this.#widen();
    this.#ring[(this.#head + this.#count) & (this.#ring.length - 1)] = instantMs;
    this.#count++;
    if (this.#count > this.#most) this.#most = this.#count;
  }

  /** Forgets what has left the window that ends at this instant and counts the rest. */
  countAt(instantMs: number): number {
    const edge = instantMs - this.#windowMs;
    const mask = this.#ring.length - 1;
    while (this.#count > 0 && this.#ring[this.#head]! <= edge) {
      this.#head = (this.#head + 1) & mask;
      this.#count--;
    }
    return this.#count;
  }

  #widen(): void {
    const wider = new Float64Array(this.#ring.length * 2);
    for (let at = 0; at < this.#count; at++) {
      wider[at] = this.#ring[(this.#head + at) & (this.#ring.length - 1)]!;
    }
    this.#ring = wider;
    this.#head = 0;
  }
}
