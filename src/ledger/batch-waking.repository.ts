import { Injectable } from '@nestjs/common';
import { SendSql } from '../database/pools.js';
import type { Queryable } from '../database/sql.js';

@Injectable()
export class BatchWaking {
  constructor(private readonly sql: SendSql) {}

  /**
   * What was put off because of a channel may go on now: a batch that still waits for a retry is put off again by the
   * first turn at it. Answers with the dispatches that have something to send on the channel. Walks the ready batches
   * of unfinished dispatches; a batch that a worker or a cancellation has locked is theirs, and is not waited for.
   */
  async wake(channelId: string, db: Queryable = this.sql): Promise<readonly string[]> {
    const rows = await db.query<{ id: string }>(
      {
        name: 'batch-wake',
        text: `
          WITH open AS MATERIALIZED (
            SELECT d.id FROM dispatches d
            JOIN dispatch_gates g ON g.dispatch_id = d.id AND g.open
            WHERE d.finished_at IS NULL AND NOT d.closing
          ),
          parked AS MATERIALIZED (
            SELECT b.dispatch_id, b.batch_no FROM open JOIN batches b ON b.dispatch_id = open.id
            WHERE b.channel_id = $1 AND b.state = 'ready' AND b.not_before > now()
            FOR UPDATE OF b SKIP LOCKED
          ),
          woken AS (
            UPDATE batches b SET not_before = NULL FROM parked
            WHERE b.dispatch_id = parked.dispatch_id AND b.batch_no = parked.batch_no
          )
          SELECT open.id FROM open
          WHERE EXISTS (SELECT FROM batches b
                        WHERE b.dispatch_id = open.id AND b.channel_id = $1 AND b.state = 'ready')
          ORDER BY open.id`,
      },
      [channelId],
    );
    return rows.map(({ id }) => id);
  }

  /** The same, but not before so long: whoever looked earlier would put it off again. */
  async wakeIn(channelId: string, delayMs: number, db: Queryable): Promise<void> {
    await db.query(
      {
        name: 'batch-wake-in',
        text: `
          UPDATE batches b SET not_before = now() + $2 * interval '1 ms'
          FROM (
            SELECT b.dispatch_id, b.batch_no FROM dispatches d
            JOIN dispatch_gates g ON g.dispatch_id = d.id AND g.open
            JOIN batches b ON b.dispatch_id = d.id
            WHERE d.finished_at IS NULL AND NOT d.closing AND b.channel_id = $1 AND b.state = 'ready'
              AND b.not_before > now() + $2 * interval '1 ms'
            FOR UPDATE OF b SKIP LOCKED
          ) AS parked
          WHERE b.dispatch_id = parked.dispatch_id AND b.batch_no = parked.batch_no`,
      },
      [channelId, delayMs],
    );
  }
}
