export type BenchOptions = Readonly<Record<string, number | undefined>>;

export interface BenchReport {
  /** What --json prints; names as in docs/performance.md. */
  readonly figures: Readonly<Record<string, number>>;
  /** The table for people; the first row is its head. */
  readonly rows: readonly (readonly string[])[];
}

/** One measurement: prints its figure beside a limit or a rival of the same run. */
export interface Bench {
  readonly name: string;
  readonly about: string;
  /** Options that may be given as --name value, with what they are otherwise. */
  readonly defaults: Readonly<Record<string, number>>;
  run(options: BenchOptions, say: (line: string) => void): Promise<BenchReport>;
}
