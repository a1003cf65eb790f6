interface Reading<T> {
  readonly value: T;
  readonly readAtMs: number;
}

export interface SharedReadingsOptions<T> {
  /** A reading that is younger is given out as it is. */
  readonly freshMs: number;
  /** One that is older is not given out any more; in between it is, and read anew behind the answer. */
  readonly mostMs: number;
  /** Whether a reading may be given out a second time at all. */
  readonly mayShare: (value: T) => boolean;
}

/**
 * One reading for all who ask at about the same time: ten screens that watch one thing cost what one costs, and none of
 * them waits for a busy database.
 */
export class SharedReadings<T> {
  private readonly kept = new Map<string, Reading<T>>();
  private readonly underWay = new Map<string, Promise<T>>();

  constructor(private readonly options: SharedReadingsOptions<T>) {}

  get(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.kept.get(key);
    const ageMs = known === undefined ? Infinity : performance.now() - known.readAtMs;
    if (known === undefined || ageMs >= this.options.mostMs) return this.readOnce(key, read);
    // Behind the answer: whoever asks next sees what it came to, or that it failed.
    if (ageMs >= this.options.freshMs) this.readOnce(key, read).catch(() => undefined);
    return Promise.resolve(known.value);
  }

  /** What was read before this, or is being read, is given to nobody who asks after it. */
  forget(key: string): void {
    this.kept.delete(key);
    this.underWay.delete(key);
  }

  private readOnce(key: string, read: () => Promise<T>): Promise<T> {
    const before = this.underWay.get(key);
    if (before !== undefined) return before;
    const reading = this.readAndKeep(key, read, () => this.underWay.get(key) === reading);
    this.underWay.set(key, reading);
    return reading;
  }

  /** Kept by the instant it began: what changed while it was read may not be in it. */
  private async readAndKeep(key: string, read: () => Promise<T>, isWanted: () => boolean): Promise<T> {
    const readAtMs = performance.now();
    try {
      const value = await read();
      if (isWanted()) this.keep(key, value, readAtMs);
      return value;
    } finally {
      if (isWanted()) this.underWay.delete(key);
    }
  }

  private keep(key: string, value: T, readAtMs: number): void {
    this.kept.delete(key);
    for (const [other, { readAtMs: atMs }] of this.kept) {
      if (readAtMs - atMs < this.options.mostMs) break;
      this.kept.delete(other);
    }
    if (this.options.mayShare(value)) this.kept.set(key, { value, readAtMs });
  }
}
