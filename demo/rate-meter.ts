/** The rate over the last seconds, from readings of a number that grows. */
export class RateMeter {
  private readonly readings: { atMs: number; value: number }[] = [];

  constructor(private readonly windowMs = 2000) {}

  /** A second; undefined until there are two readings. */
  add(atMs: number, value: number): number | undefined {
    this.readings.push({ atMs, value });
    while (this.readings.length > 2 && this.readings[1]!.atMs <= atMs - this.windowMs) this.readings.shift();
    const first = this.readings[0]!;
    return atMs === first.atMs ? undefined : ((value - first.value) * 1000) / (atMs - first.atMs);
  }
}
