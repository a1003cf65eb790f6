import { Injectable } from '@nestjs/common';

/** Any number of turns of a pair may wait so long for a slot: less than giving a batch back and leasing it again. */
const SHORT_WAIT_MS = 50;
/** Nobody has to look at a pair for this long at most, so that a raised limit or a closed breaker is noticed soon. */
const MOST_REST_MS = 500;
/** A rest is over a moment before the bell that ends it rings: it must not find the pair resting. */
const BELL_MARGIN_MS = 40;
/** Instants are given to campaigns this far ahead, so the next slot may be asked for as much earlier. */
const SLOT_OPENS_AHEAD_MS = 400;
/** Pairs that only rested are forgotten beyond this number. */
const MANY_PAIRS = 1000;

interface Pair {
  readonly places: Set<TurnPlace>;
  waiting: TurnPlace | null;
  restsUntilMs: number;
}

/**
 * `wait`: ask again in a while. `rest`: give the batch back, nothing can be had before `restMs` are over. `leave`: give
 * it back, somebody else of this process waits already.
 */
export type Patience =
  { readonly kind: 'wait' } | { readonly kind: 'rest'; readonly restMs: number } | { readonly kind: 'leave' };

/**
 * What the turns of this process are doing, by (dispatch, channel). On a channel that gives out less than they would
 * take, one of them waits for the next slot and the others go: fifty slow channels hold no worker, and no batch is leased
 * to find out what is known already.
 */
@Injectable()
export class TurnBook {
  private readonly pairs = new Map<string, Pair>();

  /** Whether a further turn would find nothing that another does not wait for already, or is rung for later. */
  isCovered(dispatchId: string, channelId: string): boolean {
    const pair = this.pairs.get(keyOf(dispatchId, channelId));
    return pair !== undefined && (pair.waiting !== null || pair.restsUntilMs > performance.now());
  }

  /** How long a pair rests still: a bell for it must not ring before. */
  restLeftMs(dispatchId: string, channelId: string): number {
    const pair = this.pairs.get(keyOf(dispatchId, channelId));
    const leftMs = (pair?.restsUntilMs ?? 0) - performance.now();
    return leftMs > 0 ? leftMs + BELL_MARGIN_MS : 0;
  }

  begin(dispatchId: string, channelId: string): TurnPlace {
    if (this.pairs.size > MANY_PAIRS) this.forgetResting();
    const key = keyOf(dispatchId, channelId);
    let pair = this.pairs.get(key);
    if (pair === undefined) {
      pair = { places: new Set(), waiting: null, restsUntilMs: 0 };
      this.pairs.set(key, pair);
    }
    const place = new TurnPlace(pair);
    pair.places.add(place);
    return place;
  }

  private forgetResting(): void {
    const nowMs = performance.now();
    for (const [key, { places, restsUntilMs }] of this.pairs) {
      if (places.size === 0 && restsUntilMs <= nowMs) this.pairs.delete(key);
    }
  }
}

/** One turn, among those of its pair. */
export class TurnPlace {
  private busyUntilMs = 0;

  constructor(private readonly pair: Pair) {}

  /** It was told to come back in `waitMs`, and may hold its worker for `mostWaitMs`. */
  refused(waitMs: number, mostWaitMs: number): Patience {
    const { pair } = this;
    this.busyUntilMs = 0;
    if (waitMs <= SHORT_WAIT_MS) return { kind: 'wait' };
    const nowMs = performance.now();
    if ((pair.waiting !== null && pair.waiting !== this) || pair.restsUntilMs > nowMs)
      return { kind: 'leave' };
    if (waitMs <= mostWaitMs) {
      pair.waiting = this;
      return { kind: 'wait' };
    }
    this.stopWaiting();
    const restMs = Math.min(waitMs, MOST_REST_MS);
    pair.restsUntilMs = nowMs + restMs - BELL_MARGIN_MS;
    return { kind: 'rest', restMs };
  }

  /**
   * It has slots up to `lastMs`, and the one behind them is at `nextMs` (null: nothing spaces them). Whether another turn
   * is needed: whether this one and all others are still busy when the next slot can be asked for.
   */
  granted(lastMs: number, nextMs: number | null): boolean {
    this.stopWaiting();
    this.busyUntilMs = lastMs;
    if (nextMs === null) return false;
    const opensMs = nextMs - SLOT_OPENS_AHEAD_MS;
    return [...this.pair.places].every((place) => place.busyUntilMs > opensMs);
  }

  /** It will not ask again: what is left to do is to hear the last answers. */
  asksNoMore(): void {
    this.stopWaiting();
    this.busyUntilMs = Infinity;
  }

  /** Whether it was the last of its pair. */
  end(): boolean {
    this.stopWaiting();
    this.pair.places.delete(this);
    return this.pair.places.size === 0;
  }

  private stopWaiting(): void {
    if (this.pair.waiting === this) this.pair.waiting = null;
  }
}

function keyOf(dispatchId: string, channelId: string): string {
  return `${dispatchId}/${channelId}`;
}
