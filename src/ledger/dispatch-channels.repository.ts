import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import { BOUND, IN_FLIGHT, PARK, REASSIGN, UNPARK } from './dispatch-channels.statements.js';
import type { ChannelPause, PausedChannels } from './paused-channels.js';

/** Where a part of what is left goes. */
export interface ChannelPart {
  readonly channelId: string;
  /** Relative to the others; more than 0. */
  readonly weight: number;
}

/**
 * What a person orders about the channels of a dispatch while it is sent. Nothing of this is asked for on the way of a
 * message: a batch that may not be sent is in a state that nobody leases, and a leased one says so in its own row, which
 * the barrier locks anyway.
 */
@Injectable()
export class DispatchChannels {
  constructor(private readonly sql: Sql) {}

  /**
   * For the rest of the transaction nobody else moves batches of the dispatch, and none is added. The advisory lock
   * first: whoever evens channels out holds it while he waits for the row.
   */
  async lock(tx: Queryable, dispatchId: string): Promise<PausedChannels> {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('caudal pool', $1::bigint))`, [dispatchId]);
    const [row] = await tx.query<{ paused: PausedChannels }>(
      'SELECT paused_channels AS paused FROM dispatches WHERE id = $1 FOR UPDATE',
      [dispatchId],
    );
    return row?.paused ?? null;
  }

  /** Once this is committed, no message passes the barrier over the channel, prepared already or later. */
  async pause(tx: Queryable, dispatchId: string, channelId: string, pause: ChannelPause): Promise<void> {
    await tx.query(
      `UPDATE dispatches SET paused_channels = coalesce(paused_channels, '{}') || jsonb_build_object($2::text, $3::jsonb)
       WHERE id = $1`,
      [dispatchId, channelId, JSON.stringify(pause)],
    );
    await tx.query(PARK, [dispatchId, channelId]);
  }

  async resume(tx: Queryable, dispatchId: string, channelId: string): Promise<void> {
    await tx.query(
      `UPDATE dispatches SET paused_channels = nullif(paused_channels - $2::text, '{}') WHERE id = $1`,
      [dispatchId, channelId],
    );
    await tx.query(UNPARK, [dispatchId, channelId]);
  }

  /** Messages whose call over the channel may have begun. */
  async inFlight(dispatchId: string, channelId: string): Promise<number> {
    const [row] = await this.sql.query<{ messages: number }>(IN_FLIGHT, [dispatchId, channelId]);
    return row!.messages;
  }

  /** Messages on these channels that may go over no other: their recipients wrote to it, and the content needs that. */
  async bound(tx: Queryable, dispatchId: string, channelIds: readonly string[]): Promise<number> {
    const [row] = await tx.query<{ messages: number }>(BOUND, [dispatchId, channelIds]);
    return row!.messages;
  }

  /**
   * From now on these are its channels: what lies on others goes to `parts` of them, and work may be evened out at the
   * next look. Returns how many messages went; of leased batches, all that they had.
   */
  async change(
    tx: Queryable,
    dispatchId: string,
    channels: { readonly all: readonly string[]; readonly removed: readonly string[] },
    parts: readonly ChannelPart[],
  ): Promise<number> {
    const { all, removed } = channels;
    await tx.query(
      `UPDATE dispatches
       SET channel_ids = $2, levelled_at = NULL, paused_channels = nullif(paused_channels - $3::text[], '{}')
       WHERE id = $1`,
      [dispatchId, all.length > 1 ? all : null, removed],
    );
    if (removed.length === 0) return 0;
    const targets = parts.map(({ channelId }) => channelId);
    const [row] = await tx.query<{ messages: number }>(REASSIGN, [
      dispatchId,
      removed,
      targets,
      boundsOf(parts),
    ]);
    return row!.messages;
  }

  /** Whether some of it waits until a person lets a channel go on. */
  async hasParked(dispatchId: string): Promise<boolean> {
    const rows = await this.sql.query(
      `SELECT 1 FROM batches WHERE dispatch_id = $1 AND state = 'parked' LIMIT 1`,
      [dispatchId],
    );
    return rows.length > 0;
  }
}

/** Where in the whole, 0 to 1, each but the first begins. */
function boundsOf(parts: readonly ChannelPart[]): number[] {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  let reached = 0;
  return parts.slice(0, -1).map(({ weight }) => (reached += weight) / total);
}
