/** 24 bytes a number in the worst case: 36 MB at the most. */
const MOST_REMEMBERED = 1_500_000;
const FIRST_SLOTS = 1 << 16;
const GOLDEN_RATIO = 0x9e3779b1;

export type Sighting =
  | { readonly kind: 'new' }
  | { readonly kind: 'repeated'; readonly firstRow: number }
  | { readonly kind: 'unknown' };

const NEW: Sighting = { kind: 'new' };
const UNKNOWN: Sighting = { kind: 'unknown' };

/**
 * Which numbers a file has held so far and in which row, for the first million and a half of them; of the rest it says
 * `unknown`, and Postgres has to look. A hash table in two typed arrays: E.164 numbers are exact in a float, and a Map
 * of strings would take five times the memory. Measured: a table in Postgres for all of them doubled what an
 * import costs there.
 */
export class SeenNumbers {
  private numbers = new Float64Array(FIRST_SLOTS);
  private rows = new Uint32Array(FIRST_SLOTS);
  private count = 0;

  constructor(private readonly most = MOST_REMEMBERED) {}

  /** `recipient` is canonical: a plus and at most fifteen digits. */
  see(recipient: string, row: number): Sighting {
    const number = Number(recipient);
    const slot = this.slotOf(number);
    if (this.numbers[slot] === number) return { kind: 'repeated', firstRow: this.rows[slot] ?? 0 };
    if (this.count >= this.most) return UNKNOWN;
    this.numbers[slot] = number;
    this.rows[slot] = row;
    this.count += 1;
    if (this.count * 2 > this.numbers.length) this.grow();
    return NEW;
  }

  /** Where the number is, or the free slot where it belongs; there always is one, as at most half are taken. */
  private slotOf(number: number): number {
    const mask = this.numbers.length - 1;
    const low = number >>> 0;
    const high = (number / 0x1_0000_0000) >>> 0;
    let slot = (Math.imul(low ^ Math.imul(high, GOLDEN_RATIO), GOLDEN_RATIO) >>> 8) & mask;
    while (this.numbers[slot] !== 0 && this.numbers[slot] !== number) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { numbers, rows } = this;
    this.numbers = new Float64Array(numbers.length * 2);
    this.rows = new Uint32Array(numbers.length * 2);
    for (let i = 0; i < numbers.length; i += 1) {
      const number = numbers[i] ?? 0;
      if (number === 0) continue;
      const slot = this.slotOf(number);
      this.numbers[slot] = number;
      this.rows[slot] = rows[i] ?? 0;
    }
  }
}
