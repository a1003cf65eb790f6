/**
 * mulberry32. One instance is reseeded for each call from the number's seed and the message, so that what befalls
 * a message does not depend on the order in which concurrent calls arrive.
 */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  reseed(seed: number): void {
    this.#state = seed | 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Always draws, so that changing one rate leaves the other draws of the message as they were. */
  chance(rate: number): boolean {
    return this.next() < rate;
  }
}
