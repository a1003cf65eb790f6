import type { BatchGroup, BatchMove, OpenDispatch } from '../ledger/batch-move.repository.js';
import type { Ability } from './pool-ability.js';
import { levelled, type PoolMember } from './pool-levelling.js';

/** A channel of a pool, and what is known of it. */
export interface PoolChannel {
  readonly channelId: string;
  readonly standing: PoolMember['standing'];
  readonly ability: Ability;
  /** Its breaker waits for one message, and nobody else has one for it. */
  readonly wantsProbe: boolean;
}

/**
 * `failover`: the channel that has it cannot send. `return`: to the channel that its recipients know. `probe`: a few
 * messages, to find out whether a channel works again, and back when it does not. `level`: so that all end together.
 */
export type MoveCause = 'failover' | 'return' | 'probe' | 'level';

export interface PlannedMove extends Omit<BatchMove, 'dispatchId'> {
  readonly cause: MoveCause;
}

/** So few that they are sent in no time when the channel is back, and are not missed while it is not. */
const PROBE_MESSAGES = 5;

/** What to move in one dispatch now; nothing when all is where it should be. Pure. */
export function planOf({ groups, mayLevel }: OpenDispatch, channels: readonly PoolChannel[]): PlannedMove[] {
  const able = new Set(
    channels.filter(({ standing }) => standing === 'able').map(({ channelId }) => channelId),
  );
  const homeward = returns(groups, able);
  // The rest is planned by what comes of it, at the next tick.
  if (homeward.length > 0) return homeward;
  const probing = probes(groups, channels);
  const members = channels.map((channel) => memberOf(groups, channel, able));
  const moves = [
    ...probing,
    ...levelled(members).map((transfer): PlannedMove => {
      if (able.has(transfer.from)) return { ...transfer, which: 'loose', cause: 'level' };
      // Every few minutes, for as long as it cannot send: nothing to tell anybody.
      const isProbe = transfer.messages <= PROBE_MESSAGES;
      return { ...transfer, which: 'any', cause: isProbe ? 'probe' : 'failover' };
    }),
  ];
  return mayLevel ? moves : moves.filter(({ cause }) => cause !== 'level');
}

function returns(groups: readonly BatchGroup[], able: ReadonlySet<string>): PlannedMove[] {
  return groups.flatMap(({ channelId, stickyTo, movable, ready }): PlannedMove[] => {
    const isAway = movable && ready > 0 && stickyTo !== null && stickyTo !== channelId && able.has(stickyTo);
    return isAway ? [{ from: channelId, to: stickyTo, messages: ready, which: 'home', cause: 'return' }] : [];
  });
}

/** A channel that lost all its work would stay shut for ever: only a message shows that the provider is back. */
function probes(groups: readonly BatchGroup[], channels: readonly PoolChannel[]): PlannedMove[] {
  return channels
    .filter(
      ({ wantsProbe, channelId }) => wantsProbe && !groups.some((group) => group.channelId === channelId),
    )
    .flatMap(({ channelId: to }): PlannedMove[] => {
      const giver = groups
        .filter(
          (group) => group.movable && group.stickyTo !== group.channelId && group.ready > PROBE_MESSAGES,
        )
        .toSorted((a, b) => b.ready - a.ready)[0];
      if (giver === undefined) return [];
      return [{ from: giver.channelId, to, messages: PROBE_MESSAGES, which: 'loose', cause: 'probe' }];
    });
}

/** Batches of people who know their channel stay on it as long as it can send; so do the few that it is tried with. */
function memberOf(
  groups: readonly BatchGroup[],
  { channelId, standing, ability, wantsProbe }: PoolChannel,
  able: ReadonlySet<string>,
): PoolMember {
  let fixed = 0;
  let loose = 0;
  for (const group of groups) {
    if (group.channelId !== channelId) continue;
    const stays = !group.movable || (able.has(channelId) && group.stickyTo === channelId);
    fixed += group.leased + (stays ? group.ready : 0);
    loose += stays ? 0 : group.ready;
  }
  const kept = wantsProbe ? Math.min(loose, PROBE_MESSAGES) : 0;
  return { channelId, standing, ability, fixed: fixed + kept, loose: loose - kept };
}
