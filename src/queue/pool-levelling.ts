import { fill, secondsFor, type Ability } from './pool-ability.js';

/** A channel of a pool, as levelling sees it. */
export interface PoolMember {
  readonly channelId: string;
  /** `stuck` ones give all they can; what is `unclear` neither gives nor takes. */
  readonly standing: 'able' | 'stuck' | 'unclear';
  readonly ability: Ability;
  /** Messages that stay where they are: leased ones, and those of people who know this channel. */
  readonly fixed: number;
  /** Messages that may go. */
  readonly loose: number;
}

export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly messages: number;
}

/** Work goes from one able channel to another only when the end comes so much earlier by it: else it goes to and fro. */
const WORTH_SECONDS = 5;
const WORTH_PART = 0.1;

/**
 * What goes where, so that all channels of a pool end at about the same time. What lies on a stuck one goes in any case.
 * Pure. A pool that was levelled is not levelled again.
 */
export function levelled(members: readonly PoolMember[]): Transfer[] {
  const able = members.filter((member) => member.standing === 'able');
  const stuck = members.filter((member) => member.standing === 'stuck' && member.loose > 0);
  if (able.length === 0) return [];
  const forced = stuck.reduce((sum, { loose }) => sum + loose, 0);
  const all = able.reduce((sum, { loose }) => sum + loose, forced);
  const even = fill(
    able.map(({ ability, fixed }) => ({ ability, load: fixed })),
    all,
  );
  const isWorth = lastsSeconds(able) - even.seconds > Math.max(WORTH_SECONDS, even.seconds * WORTH_PART);
  if (!isWorth && forced === 0) return [];
  const gains = isWorth
    ? able.map(({ loose }, index) => even.given[index]! - loose)
    : fill(
        able.map(({ ability, fixed, loose }) => ({ ability, load: fixed + loose })),
        forced,
      ).given;
  const givers = [
    ...stuck.map(({ channelId, loose }) => ({ channelId, messages: loose })),
    ...able.map(({ channelId }, index) => ({ channelId, messages: -gains[index]! })),
  ];
  const takers = able.map(({ channelId }, index) => ({ channelId, messages: gains[index]! }));
  return matched(givers, takers);
}

/** Until the last of those is done that could be helped. */
function lastsSeconds(able: readonly PoolMember[]): number {
  return Math.max(
    0,
    ...able
      .filter(({ loose }) => loose > 0)
      .map(({ ability, fixed, loose }) => secondsFor(ability, fixed + loose)),
  );
}

interface Amount {
  readonly channelId: string;
  messages: number;
}

function matched(givers: readonly Amount[], takers: readonly Amount[]): Transfer[] {
  const transfers: Transfer[] = [];
  const open = takers.filter(({ messages }) => messages > 0);
  for (const giver of givers) {
    for (const taker of open) {
      const messages = Math.min(giver.messages, taker.messages);
      if (messages <= 0) continue;
      transfers.push({ from: giver.channelId, to: taker.channelId, messages });
      giver.messages -= messages;
      taker.messages -= messages;
    }
  }
  return transfers;
}
