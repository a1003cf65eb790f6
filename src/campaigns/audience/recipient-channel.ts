import { hasOpenWindow, openWindows } from '../../ledger/open-windows.js';
import type { ChannelShare } from '../channel-share.js';
import type { SqlParameters } from '../sql-parameters.js';

/** Over which channel a row goes, as SQL over rows that hold a recipient and, as an alias, its contact. */
export interface RecipientChannel {
  /** What is to be joined to the rows for it. */
  readonly joins: string;
  readonly channel: string;
  /** Whether the recipient knows this channel. */
  readonly isSticky: string;
  /** Null where no channel asks for an open window. */
  readonly window: RecipientWindow | null;
}

interface RecipientWindow {
  /** No channel reaches the recipient with this content. */
  readonly isClosed: string;
  /** Not all of them do, so the row stays on its own. */
  readonly isBound: string;
}

interface RowNames {
  readonly workspaceId: string;
  readonly contact: string;
  readonly recipient: string;
}

/** `windowed`: those that reach only people who wrote to them within 24 hours. */
export function recipientChannel(
  row: RowNames,
  shares: readonly ChannelShare[],
  windowed: readonly string[],
  p: SqlParameters,
): RecipientChannel {
  const asking = shares.map(({ channelId }) => channelId).filter((id) => windowed.includes(id));
  if (shares.length === 1) return onlyChannel(row, shares[0]!.channelId, asking.length > 0, p);
  if (asking.length > 0) return poolWithWindows(row, shares, asking, p);
  const usable = usableChannels(shares, p);
  const known = knownChannel(row.contact, (channel) => `${channel} = ANY(${usable})`);
  return {
    joins: lastWriterOf(row, p),
    channel: `coalesce(${known}, ${sharedOut(row.recipient, shares, p)})`,
    isSticky: `${known} IS NOT NULL`,
    window: null,
  };
}

function onlyChannel(
  { workspaceId, recipient }: RowNames,
  channelId: string,
  hasWindow: boolean,
  p: SqlParameters,
): RecipientChannel {
  const channel = `${p.add(channelId)}::uuid`;
  const only = { joins: '', channel, isSticky: 'false', window: null };
  if (!hasWindow) return only;
  const isOpen = hasOpenWindow({ workspace: p.add(workspaceId), recipient, channels: `ARRAY[${channel}]` });
  return { ...only, window: { isClosed: `NOT ${isOpen}`, isBound: 'false' } };
}

/**
 * A person goes to a channel that reaches them, if one does: the one that they know, else the one that they wrote to
 * last, else one that asks for no window.
 */
function poolWithWindows(
  row: RowNames,
  shares: readonly ChannelShare[],
  asking: readonly string[],
  p: SqlParameters,
): RecipientChannel {
  const { workspaceId, contact, recipient } = row;
  const usable = usableChannels(shares, p);
  const channels = `${p.add(asking)}::uuid[]`;
  const open = openWindows({ workspace: p.add(workspaceId), recipient, channels }, usable);
  const reaches = (channel: string): string =>
    `${channel} = ANY(${usable}) AND (${channel} <> ALL(${channels}) OR ${channel} = ANY(talk.channels))`;
  const newest = `WHEN ${reaches('talk.channels[1]')} THEN talk.channels[1]`;
  const known = knownChannel(contact, reaches, newest);
  const free = shares.filter(({ channelId }) => !asking.includes(channelId));
  const hasFree = free.length > 0;
  const others = hasFree
    ? sharedOut(recipient, free, p)
    : `coalesce(talk.channels[1], ${sharedOut(recipient, shares, p)})`;
  return {
    joins: `${lastWriterOf(row, p)}
      CROSS JOIN LATERAL (SELECT ${open} AS channels OFFSET 0) AS talk`,
    channel: `coalesce(${known}, ${others})`,
    isSticky: `${known} IS NOT NULL`,
    window: {
      isClosed: hasFree ? 'false' : 'cardinality(talk.channels) = 0',
      isBound: `NOT talk.channels @> ${channels}`,
    },
  };
}

/** A person who was written to again and again without success is looked back on no further than this. */
const LOOK_BACK = 3;

/**
 * The channel that wrote last to each of them, of whatever dispatch: one descent of the index of recipients, which is
 * read from its end and gives up after a few messages. As a join of its own, with a LIMIT, it stays one.
 */
function lastWriterOf({ workspaceId, recipient }: RowNames, p: SqlParameters): string {
  const wrote = ['accepted', 'sent', 'delivered', 'read'].map((state) => `'${state}'`).join(', ');
  return `LEFT JOIN LATERAL (
        SELECT newest.channel_id FROM (
          SELECT m.channel_id, m.state, m.dispatch_id FROM messages m
          WHERE m.workspace_id = ${p.add(workspaceId)} AND m.recipient = ${recipient}
          ORDER BY m.dispatch_id DESC LIMIT ${LOOK_BACK}
        ) AS newest
        WHERE newest.state IN (${wrote}) ORDER BY newest.dispatch_id DESC LIMIT 1
      ) AS wrote ON true`;
}

/** The channel that the contact was given, else the one that wrote last; null when it is none that will do. */
function knownChannel(contact: string, willDo: (channel: string) => string, more = ''): string {
  return `CASE WHEN ${willDo(`${contact}.channel_id`)} THEN ${contact}.channel_id
                  WHEN ${willDo('wrote.channel_id')} THEN wrote.channel_id ${more} END`;
}

/**
 * One of the channels by their shares, by a hash of the recipient: the same person gets the same number in the next
 * campaign too, so long as the shares are the same.
 */
function sharedOut(recipient: string, shares: readonly ChannelShare[], p: SqlParameters): string {
  const usable = usableOf(shares);
  const total = usable.reduce((sum, { weight }) => sum + weight, 0);
  let reached = 0;
  const bounds = usable.slice(0, -1).map(({ weight }) => (reached += weight) / total);
  const hash = `(hashtextextended(${recipient}, 0) & 9223372036854775807) / 9223372036854775808.0::float8`;
  const list = `${p.add(usable.map(({ channelId }) => channelId))}::uuid[]`;
  return `(${list})[1 + width_bucket(${hash}, ${p.add(bounds)}::float8[])]`;
}

function usableChannels(shares: readonly ChannelShare[], p: SqlParameters): string {
  return `${p.add(usableOf(shares).map(({ channelId }) => channelId))}::uuid[]`;
}

/** All of them, where none can send: they wait for the channel that is theirs. */
function usableOf(shares: readonly ChannelShare[]): readonly ChannelShare[] {
  const usable = shares.filter(({ weight }) => weight > 0);
  return usable.length > 0 ? usable : shares.map(({ channelId }) => ({ channelId, weight: 1 }));
}
