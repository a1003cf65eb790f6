/**
 * One reading at a time of each key; whoever asks while it is under way shares the next one. Nobody gets a reading that
 * began before he asked, so what was written and answered before is always in it, and a thousand who ask at once cost
 * two readings.
 */
export class NextReadings<T> {
  private readonly underWay = new Map<string, Promise<T>>();
  private readonly next = new Map<string, Promise<T>>();

  get(key: string, read: () => Promise<T>): Promise<T> {
    const before = this.underWay.get(key);
    if (before === undefined) return this.begin(key, read);
    let next = this.next.get(key);
    if (next === undefined) {
      const start = (): Promise<T> => this.begin(key, read);
      next = before.then(start, start);
      this.next.set(key, next);
    }
    return next;
  }

  private begin(key: string, read: () => Promise<T>): Promise<T> {
    this.next.delete(key);
    const reading = read().finally(() => {
      if (this.underWay.get(key) === reading) this.underWay.delete(key);
    });
    this.underWay.set(key, reading);
    return reading;
  }
}
