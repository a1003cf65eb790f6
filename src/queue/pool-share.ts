import type { PoolReading } from './pool-abilities.js';
import { fill, sendableIn } from './pool-ability.js';
import { speedsOf } from './pool-speeds.js';

/** A channel that messages may be given to. */
type Candidate = Pick<PoolReading, 'channelId' | 'weight' | 'obstacle' | 'perSecond' | 'windows'>;

/**
 * The part of each, in their order: its weight times what it can send by the time at which all of them together can be
 * done. None for a channel that cannot send now, unless none can: then they wait where their weights put them. Pure.
 */
export function sharesOf(
  candidates: readonly Candidate[],
  messages: number,
): { readonly channelId: string; readonly weight: number }[] {
  const usable = candidates.filter(({ obstacle }) => obstacle === null);
  if (usable.length === 0) return candidates.map(({ channelId, weight }) => ({ channelId, weight }));
  const speeds = speedsOf(usable.map(({ perSecond }) => ({ said: perSecond, seen: null, weight: 1 })));
  const abilities = usable.map(({ windows }, index) => ({ perSecond: speeds[index]!, windows }));
  const { seconds } = fill(
    abilities.map((ability) => ({ ability, load: 0 })),
    Math.max(1, messages),
  );
  const shares = new Map(
    usable.map(({ channelId, weight }, index) => [
      channelId,
      weight * sendableIn(abilities[index]!, seconds),
    ]),
  );
  return candidates.map(({ channelId }) => ({ channelId, weight: shares.get(channelId) ?? 0 }));
}
