/** What a worker remembers of a (dispatch, channel) that is ready at every look. */
interface Seen {
  readonly settled: number;
  readonly sinceMs: number;
  readonly look: number;
}

/** Something that is ready to be sent, and how much of it has come to an end. */
export interface Ready {
  readonly dispatchId: string;
  readonly channelId: string;
  readonly settled: number;
}

/** Tells from look to look what is ready all the time and does not move. */
export class StallMemory<Work extends Ready> {
  private readonly seen = new Map<string, Seen>();
  private look = 0;

  constructor(private readonly patienceMs: number) {}

  /** What has been ready without moving for longer than patience lasts, each with since when. */
  add(work: readonly Work[], nowMs: number): { readonly work: Work; readonly sinceMs: number }[] {
    this.look += 1;
    const still = work.flatMap((one) => {
      const key = `${one.dispatchId}/${one.channelId}`;
      const before = this.seen.get(key);
      // Once not ready, all begins anew: then it waited for something.
      const isTheSame = before?.settled === one.settled && before.look === this.look - 1;
      const sinceMs = isTheSame ? before.sinceMs : nowMs;
      this.seen.set(key, { settled: one.settled, sinceMs, look: this.look });
      return nowMs - sinceMs >= this.patienceMs ? [{ work: one, sinceMs }] : [];
    });
    for (const [key, { look }] of this.seen) if (look !== this.look) this.seen.delete(key);
    return still;
  }
}
