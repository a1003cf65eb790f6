import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';
import { DispatchRepository } from './dispatch.repository.js';
import { GateRepository } from './gate.repository.js';
import { COUNTED_STATES } from './message-state.js';
import { ProgressRepository } from './progress.repository.js';
import type { StreamKey } from './stream.js';

/** Who changed a gate that no person touched. */
const BY = 'caudal';

/**
 * The dispatches of single messages, from the first post of a day to the last answer. One that another took the place
 * of, or whose day is over, gets no more rows: appends hold its row of open_streams, and it is gone from there.
 */
@Injectable()
export class StreamRepository {
  constructor(
    private readonly sql: Sql,
    private readonly dispatches: DispatchRepository,
    private readonly gates: GateRepository,
    private readonly progress: ProgressRepository,
  ) {}

  /** Makes sure that a stream of `day` or later is open; of many callers at once, one makes it. */
  async open(stream: StreamKey, day: string): Promise<void> {
    const { workspaceId, channelId, category, policy } = stream;
    const key = [channelId, category, JSON.stringify(policy)];
    await this.sql.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`stream ${key.join(' ')}`]);
      const open = await tx.query(
        `SELECT 1 FROM open_streams WHERE channel_id = $1 AND category = $2 AND policy = $3::jsonb AND day >= $4::date`,
        [...key, day],
      );
      if (open.length > 0) return;
      await tx.query(OPEN, [...key, day, workspaceId, BY]);
    });
  }

  /** Streams of days before `day` take no more rows. */
  async retire(day: string): Promise<void> {
    await this.sql.query('DELETE FROM open_streams WHERE day < $1::date', [day]);
  }

  /** Retired dispatches with every row settled. Reads the partial index of unfinished dispatches. */
  async settled(): Promise<string[]> {
    const rows = await this.sql.query<{ id: string }>({
      name: 'streams-settled',
      text: `
        SELECT d.id FROM dispatches d
        WHERE d.kind = 'stream' AND d.finished_at IS NULL
          AND NOT EXISTS (SELECT FROM open_streams s WHERE s.dispatch_id = d.id)
          AND d.total <= (SELECT coalesce(sum(${SETTLED}), 0) FROM dispatch_counters k WHERE k.dispatch_id = d.id)`,
    });
    return rows.map((row) => row.id);
  }

  /** Shuts its gate for good, having looked once more while no barrier can move a row. Whether it did. */
  async close(dispatchId: string): Promise<boolean> {
    return this.sql.transaction(async (tx) => {
      if (!(await this.gates.lock(tx, dispatchId))) return false;
      const { pending, inflight } = await this.progress.of(dispatchId, tx);
      if (pending + inflight > 0) return false;
      await this.gates.close({ dispatchId, changedBy: BY, reason: 'its day is over' }, tx);
      await this.dispatches.finish(tx, dispatchId);
      return true;
    });
  }
}

/** Everything that is neither pending nor inflight. */
const SETTLED = COUNTED_STATES.map((state) => `k.${state}`).join(' + ');

/** Takes the even number behind the odd one that the sequence gives: see the index provider_refs_of_streams. */
const OPEN = `
  WITH made AS (
    INSERT INTO dispatches (id, workspace_id, kind, category, policy, closing)
    SELECT nextval(pg_get_serial_sequence('dispatches', 'id')) + 1, $5, 'stream', $2, $3, false
    RETURNING id, workspace_id
  ),
  gate AS (
    INSERT INTO dispatch_gates (dispatch_id, workspace_id, open, changed_by)
    SELECT id, workspace_id, true, $6 FROM made
  )
  INSERT INTO open_streams (channel_id, category, policy, day, workspace_id, dispatch_id)
  SELECT $1, $2, $3, $4, $5, id FROM made
  ON CONFLICT (channel_id, category, policy)
  DO UPDATE SET day = EXCLUDED.day, dispatch_id = EXCLUDED.dispatch_id, workspace_id = EXCLUDED.workspace_id`;
