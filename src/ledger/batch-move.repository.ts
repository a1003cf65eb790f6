import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import { CUT_BATCH, GROUPS_OF_ONE, GROUPS_OF_OPEN, MOVE_BATCHES } from './batch-move.statements.js';

/** Batches of one dispatch that lie on one channel and may go the same ways. */
export interface BatchGroup {
  readonly channelId: string;
  /** The channel that their recipients know. */
  readonly stickyTo: string | null;
  readonly movable: boolean;
  /** Messages of ready batches that are not sent yet. */
  readonly ready: number;
  /** The same of leased ones: half of what they held when they were leased. */
  readonly leased: number;
}

/** A dispatch that is being sent, with all that is left of it. */
export interface OpenDispatch {
  readonly dispatchId: string;
  readonly workspaceId: string;
  readonly campaignId: string | null;
  /** Among which its batches may move; null: they may not. */
  readonly channelIds: readonly string[] | null;
  /** 1 to 10: its part of channels that others use too. */
  readonly weight: number;
  /** Whether it is time to even its channels out again. */
  readonly mayLevel: boolean;
  readonly groups: readonly BatchGroup[];
}

/** `any`; `loose`: of nobody who knows the channel that they lie on; `home`: of those who know the one they go to. */
export type BatchesToMove = 'any' | 'loose' | 'home';

export interface BatchMove {
  readonly dispatchId: string;
  readonly from: string;
  readonly to: string;
  /** No more than so many. */
  readonly messages: number;
  readonly which: BatchesToMove;
}

interface GroupRow extends Omit<OpenDispatch, 'groups'>, BatchGroup {}

/**
 * Moves what nobody has leased from channel to channel, whole batches at a time. Only the batch's row changes: a message
 * gets its channel at the barrier, so a thousand messages cost two rows, and what was tried before keeps its trail.
 */
@Injectable()
export class BatchMoves {
  constructor(private readonly sql: Sql) {}

  /** Lets the batches of a dispatch move among these channels; said once, when it is made. */
  async allow(db: Queryable, dispatchId: string, channelIds: readonly string[]): Promise<void> {
    await db.query('UPDATE dispatches SET channel_ids = $2 WHERE id = $1', [dispatchId, channelIds]);
  }

  /**
   * Everything that is being sent now, pools or not, because they share the channels; nothing at all while no dispatch
   * has a pool. Reads the batches that are not done, by their two partial indexes: a million recipients are 2,000.
   */
  async open(): Promise<OpenDispatch[]> {
    return dispatchesOf(await this.sql.query<GroupRow>(GROUPS_OF_OPEN));
  }

  /**
   * The same of one dispatch, and of whoever asks first: null while another transaction is moving its batches, and when
   * its gate was closed. Two processes that decided the same thing would otherwise both do it.
   */
  async lock(tx: Queryable, dispatchId: string): Promise<OpenDispatch | null> {
    const [lock] = await tx.query<{ taken: boolean }>(
      {
        name: 'batch-move-lock',
        text: `SELECT pg_try_advisory_xact_lock(hashtextextended('caudal pool', $1::bigint)) AS taken`,
      },
      [dispatchId],
    );
    if (lock?.taken !== true) return null;
    return dispatchesOf(await tx.query<GroupRow>(GROUPS_OF_ONE, [dispatchId]))[0] ?? null;
  }

  async noteLevelled(tx: Queryable, dispatchId: string): Promise<void> {
    await tx.query('UPDATE dispatches SET levelled_at = now() WHERE id = $1', [dispatchId]);
  }

  /**
   * Moves up to so many messages, from the end of what the channel would do last, and cuts one batch in two for the
   * rest. Returns how many; fewer where batches were leased meanwhile.
   */
  async move(tx: Queryable, move: BatchMove): Promise<number> {
    const { dispatchId, from, to, messages, which } = move;
    const [whole] = await tx.query<{ messages: number }>(MOVE_BATCHES, [
      dispatchId,
      from,
      to,
      which,
      messages,
    ]);
    const moved = whole?.messages ?? 0;
    return moved >= messages ? moved : moved + (await this.cut(tx, { ...move, messages: messages - moved }));
  }

  /** Makes the last messages of one ready batch a batch of their own, on the other channel. */
  private async cut(tx: Queryable, { dispatchId, from, to, messages, which }: BatchMove): Promise<number> {
    const [part] = await tx.query<{ messages: number }>(CUT_BATCH, [dispatchId, from, to, which, messages]);
    return part?.messages ?? 0;
  }
}

function dispatchesOf(rows: readonly GroupRow[]): OpenDispatch[] {
  const found = new Map<string, OpenDispatch & { groups: BatchGroup[] }>();
  for (const { dispatchId, workspaceId, campaignId, channelIds, weight, mayLevel, ...group } of rows) {
    const known = found.get(dispatchId);
    if (known !== undefined) known.groups.push(group);
    else
      found.set(dispatchId, {
        dispatchId,
        workspaceId,
        campaignId,
        channelIds,
        weight,
        mayLevel,
        groups: [group],
      });
  }
  return [...found.values()];
}
