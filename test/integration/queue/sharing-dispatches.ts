import type { VirtualChannel } from './virtual-channel.js';

/** A place where a dispatch is worked at: asks, waits as it is told, and again, as a turn does. */
interface Place {
  readonly dispatch: SharingDispatch;
  nextMs: number;
}

interface Shape {
  /** 0: a stream. */
  readonly weight: number;
  /** Turns at once, over all workers. */
  readonly places?: number;
  readonly wanted?: number;
  readonly fromMs?: number;
  /** Asks nothing from then on, as a worker that died. */
  readonly untilMs?: number;
  /** Key and terms of its own rate. */
  readonly rate?: number;
  /** Asks no more once it has so many. */
  readonly most?: number;
  /** From asking to being back where calls begin at once: a barrier and the calls. */
  readonly tripMs?: number;
}

export class SharingDispatch {
  readonly instants: number[] = [];
  readonly askedMs: number[] = [];

  constructor(
    readonly id: string,
    readonly shape: Shape,
  ) {}
}

const LONGEST_SLEEP_MS = 500;

/**
 * Lives through `durationMs` of one channel's time with dispatches that are worked at as they are in earnest: each place
 * asks, is busy until its last instant, and asks again; one that has to wait sleeps as long as it was told, or half a
 * second. `jitter` (0 to 1) makes timers late by up to 20 ms.
 */
export async function liveTogether(
  channel: VirtualChannel,
  dispatches: readonly SharingDispatch[],
  durationMs: number,
  chance: () => number = () => 0.5,
): Promise<void> {
  const startMs = channel.nowMs;
  const places: Place[] = dispatches.flatMap((dispatch) =>
    Array.from({ length: dispatch.shape.places ?? 5 }, (_, index) => ({
      dispatch,
      nextMs: startMs + (dispatch.shape.fromMs ?? 0) + index * chance(),
    })),
  );
  for (;;) {
    const place = places.reduce((soonest, other) => (other.nextMs < soonest.nextMs ? other : soonest));
    if (place.nextMs >= startMs + durationMs) break;
    channel.nowMs = Math.max(channel.nowMs, place.nextMs);
    const { id, shape, instants, askedMs } = place.dispatch;
    if (
      channel.nowMs - startMs >= (shape.untilMs ?? Infinity) ||
      instants.length >= (shape.most ?? Infinity)
    ) {
      place.nextMs = Infinity;
      continue;
    }
    askedMs.push(channel.nowMs);
    const answer = await channel.ask({
      wanted: shape.wanted ?? 8,
      sharer: {
        id,
        weight: shape.weight,
        hasMore: instants.length + (shape.wanted ?? 8) < (shape.most ?? Infinity),
      },
      ...(shape.rate === undefined ? {} : { dispatch: `${channel.key}:${id}:rate`, rate: [1, shape.rate] }),
    });
    if ('instantsMs' in answer) {
      instants.push(...answer.instantsMs);
      place.nextMs = Math.max(...answer.instantsMs, channel.nowMs) + (shape.tripMs ?? 5) + 20 * chance();
    } else {
      place.nextMs = channel.nowMs + Math.max(1, Math.min(answer.waitMs, LONGEST_SLEEP_MS)) + 20 * chance();
    }
  }
  channel.nowMs = startMs + durationMs;
}
