import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import { SeededRandom } from '../../src/simulator/seeded-random.js';

const MOST_SEED = 2 ** 31;
const SIZES = ['short', 'full', 'soak'] as const;
const FIGURES_FILE = process.env['CAUDAL_CHAOS_FIGURES'];

/**
 * short: the few that `script/test` runs. full: all of them, none longer than some twenty seconds where it can be so.
 * soak: all of them, for as long as the catalogue says.
 */
const size = chooseSize();
/** Whether all the proofs run at their full size, or only the short ones. */
export const isFull = size !== 'short';
export const isSoak = size === 'soak';

/** CHAOS_SEED plays one hand again; else a new one. */
export const seeds: readonly number[] = [chooseSeed()];

function chooseSize(): (typeof SIZES)[number] {
  const asked = process.env['CAUDAL_CHAOS'] ?? 'short';
  const known = SIZES.find((name) => name === asked);
  if (known === undefined) throw new Error(`CAUDAL_CHAOS is "${asked}"; known are ${SIZES.join(', ')}`);
  return known;
}

function chooseSeed(): number {
  const asked = process.env['CHAOS_SEED'];
  if (asked === undefined || asked === '') return Math.floor(Math.random() * MOST_SEED);
  if (!/^\d{1,10}$/.test(asked)) throw new Error(`CHAOS_SEED is "${asked}"; it must be a whole number`);
  return Number(asked);
}

/** What the table of faults has a column for; a proof may tell more under names of its own. */
export interface Figures {
  /** Messages that were accepted more than once, and those that nobody can account for. */
  readonly duplicates?: number;
  readonly lost?: number;
  readonly unknown?: number;
  /** From the fault (or the order) until nothing was sent any more. */
  readonly 'stopped ms'?: number;
  /** From the end of the fault until messages (or whatever it had stopped) went on. */
  readonly 'recovered ms'?: number;
  readonly [name: string]: number | string | undefined;
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

  /** The proof's line of figures: printed, and kept for `script/faults`, which makes the table of them. */
  tell(figures: Figures): void {
    const words = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
    process.stdout.write(`${this.code}: ${words.join(', ')} (seed ${this.seed})\n`);
    if (FIGURES_FILE === undefined) return;
    const title = expect.getState().currentTestName;
    const line = { code: this.code, title, seed: this.seed, size, figures };
    appendFileSync(FIGURES_FILE, `${JSON.stringify(line)}\n`);
  }
}
