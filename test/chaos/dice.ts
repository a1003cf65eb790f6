import { SeededRandom } from '../../src/simulator/seeded-random.js';

const MOST_SEED = 2 ** 31;

/** Whether the proofs run at their full size and with three seeds in a row, or only the short ones. */
export const isFull = process.env['CAUDAL_CHAOS'] === 'full';

/** CHAOS_SEED plays one hand again; else a new one, and three in a row in the full run. */
export const seeds: readonly number[] = chooseSeeds();

function chooseSeeds(): number[] {
  const asked = process.env['CHAOS_SEED'];
  if (asked !== undefined && asked !== '') {
    if (!/^\d{1,10}$/.test(asked)) throw new Error(`CHAOS_SEED is "${asked}"; it must be a whole number`);
    return [Number(asked)];
  }
  const first = Math.floor(Math.random() * MOST_SEED);
  return isFull ? [first, first + 1, first + 2] : [first];
}

/** Every draw of a proof: who is killed, when, how long. The printed seed draws the same again. */
export class Dice {
  private readonly random: SeededRandom;

  constructor(
    readonly code: string,
    readonly seed: number,
  ) {
    this.random = new SeededRandom(seed);
    process.stdout.write(`${code}: seed ${seed} (CHAOS_SEED=${seed} plays it again)\n`);
  }

  pick<T>(from: readonly T[]): T {
    const chosen = from[Math.floor(this.random.next() * from.length)];
    if (chosen === undefined) throw new Error('nothing to pick from');
    return chosen;
  }

  chance(rate: number): boolean {
    return this.random.chance(rate);
  }

  between(low: number, high: number): number {
    return low + this.random.next() * (high - low);
  }

  /** The proof's line of figures. */
  tell(figures: Readonly<Record<string, number | string>>): void {
    const words = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
    process.stdout.write(`${this.code}: ${words.join(', ')} (seed ${this.seed})\n`);
  }
}
