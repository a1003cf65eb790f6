import { Injectable } from '@nestjs/common';
import { SendSql } from '../database/pools.js';
import type { Queryable } from '../database/sql.js';
import type { Dispatch, DispatchKind, DispatchPolicy, NewDispatch } from './dispatch.js';
import type { MessageCategory } from './suppression.js';

interface DispatchRow {
  id: string;
  workspace_id: string;
  kind: DispatchKind;
  campaign_id: string | null;
  category: MessageCategory;
  content: unknown;
  policy: DispatchPolicy;
}

/** A (dispatch, channel) that has something to do, as the bell-ringer sees it. */
export interface ReadyWork {
  readonly dispatchId: string;
  readonly channelId: string;
  readonly readyBatches: number;
  readonly leasedBatches: number;
}

@Injectable()
export class DispatchRepository {
  constructor(private readonly sql: SendSql) {}

  /**
   * Makes a dispatch with its gate closed; rows come by MessageWriter.append, which looks at every suppression of its
   * moment and so at all that are committed now: the barrier need only ask for newer ones. Not so for streams.
   */
  async create(db: Queryable, dispatch: NewDispatch): Promise<string> {
    const [row] = await db.query<{ id: string }>(
      {
        name: 'dispatch-create',
        text: `
          WITH made AS (
            INSERT INTO dispatches (workspace_id, kind, campaign_id, category, content, policy, suppressions_seen, seen_on)
            VALUES ($1, $2, $3, $4, $5, $6,
                    CASE WHEN $2 = 'run' THEN pg_current_snapshot() END, pg_postmaster_start_time())
            RETURNING id, workspace_id
          )
          INSERT INTO dispatch_gates (dispatch_id, workspace_id, changed_by)
          SELECT id, workspace_id, $7 FROM made
          RETURNING dispatch_id AS id`,
      },
      [
        dispatch.workspaceId,
        dispatch.kind,
        dispatch.campaignId,
        dispatch.category,
        JSON.stringify(dispatch.content),
        JSON.stringify(dispatch.policy),
        dispatch.createdBy,
      ],
    );
    return row!.id;
  }

  async find(dispatchId: string): Promise<Dispatch | null> {
    const [row] = await this.sql.query<DispatchRow>(
      {
        name: 'dispatch-find',
        text: 'SELECT id, workspace_id, kind, campaign_id, category, content, policy FROM dispatches WHERE id = $1',
      },
      [dispatchId],
    );
    if (row === undefined) return null;
    return {
      id: row.id,
      workspaceId: row.workspace_id,
      kind: row.kind,
      campaignId: row.campaign_id,
      category: row.category,
      content: row.content,
      policy: row.policy,
    };
  }

  /**
   * Every (dispatch, channel) of an open gate with batches that are ready now, for the bell-ringer. Reads the partial
   * indexes of ready and leased batches of unfinished dispatches only; a million recipients are 2,000 batches.
   */
  async readyWork(): Promise<ReadyWork[]> {
    return this.sql.query<ReadyWork>({
      name: 'dispatch-ready-work',
      text: `
        SELECT ready.dispatch_id AS "dispatchId", ready.channel_id AS "channelId", ready.n AS "readyBatches",
               (SELECT count(*)::int FROM batches l
                WHERE l.dispatch_id = ready.dispatch_id AND l.state = 'leased' AND l.channel_id = ready.channel_id
               ) AS "leasedBatches"
        FROM (
          SELECT b.dispatch_id, b.channel_id, count(*)::int AS n
          FROM dispatches d
          JOIN dispatch_gates g ON g.dispatch_id = d.id AND g.open
          JOIN batches b ON b.dispatch_id = d.id AND b.state = 'ready'
          WHERE d.finished_at IS NULL AND NOT d.closing AND b.stage <= g.stage
            AND (b.not_before IS NULL OR b.not_before <= now())
            AND (b.opens_at IS NULL OR b.opens_at <= now())
            AND (b.closes_at IS NULL OR b.closes_at > now())
          GROUP BY b.dispatch_id, b.channel_id
        ) AS ready`,
    });
  }

  /** Nothing will be sent of it any more; it leaves the lists of the ticks. */
  async finish(db: Queryable, dispatchId: string): Promise<void> {
    await db.query('UPDATE dispatches SET finished_at = now() WHERE id = $1 AND finished_at IS NULL', [
      dispatchId,
    ]);
  }
}
