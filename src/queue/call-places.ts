/**
 * The places that the calls of one grant take among those of the channel that may be out at once, over all workers. A
 * place comes back when the outcome of its call is known, or when it is known that there will be no call; what a process
 * takes with it when it dies comes back when no call of its can be out any more.
 */
export class CallPlaces {
  constructor(
    private readonly count: number,
    /** performance.now() after which none of the calls may begin: its place may be another's by the time it ends. */
    readonly beginByMs: number,
    private readonly giveBack: (indexes: readonly number[]) => void,
  ) {}

  /** Of the call with this index in the grant, once its outcome is known. Costs nothing where none are counted. */
  freeAfter<T>(call: Promise<T>, index: number): Promise<T> {
    return this.count === 0 ? call : call.finally(() => this.free(index));
  }

  free(index: number): void {
    if (index < this.count) this.giveBack([index]);
  }

  /** Of all calls from this index on: nothing will be sent for them. */
  freeFrom(index: number): void {
    if (index >= this.count) return;
    this.giveBack(Array.from({ length: this.count - index }, (_, at) => index + at));
  }
}

/** Of a channel where the calls at once are not limited. */
export const NO_PLACES = new CallPlaces(0, Infinity, () => undefined);
