const FIRST_SLOTS = 1 << 12;

/** A set of 64-bit keys by open addressing: 16 MB for a million keys, where a Set of strings takes over 100 MB. */
export class KeySet {
  #high = new Uint32Array(FIRST_SLOTS);
  #low = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** True when the key was not there yet. */
  add(high: number, low: number): boolean {
    // Both halves 0 mark an empty slot.
    const storedLow = high === 0 && low === 0 ? 1 : low;
    if (!this.#place(high, storedLow)) return false;
    this.#size++;
    if (this.#size * 2 > this.#low.length) this.#widen();
    return true;
  }

  #place(high: number, low: number): boolean {
    const mask = this.#low.length - 1;
    let slot = (low ^ (high >>> 7)) & mask;
    while (this.#low[slot] !== 0 || this.#high[slot] !== 0) {
      if (this.#low[slot] === low && this.#high[slot] === high) return false;
      slot = (slot + 1) & mask;
    }
    this.#high[slot] = high;
    this.#low[slot] = low;
    return true;
  }

  #widen(): void {
    const high = this.#high;
    const low = this.#low;
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(low.length * 2);
    for (let slot = 0; slot < low.length; slot++) {
      if (low[slot] !== 0 || high[slot] !== 0) this.#place(high[slot]!, low[slot]!);
    }
  }
}
