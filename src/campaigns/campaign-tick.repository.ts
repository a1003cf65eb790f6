import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import { COUNTED_STATES } from '../ledger/message-state.js';
import type { CampaignStatus } from './campaign-state.js';

/** A campaign that a tick may have something to conclude about. */
export interface TickedCampaign {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly dispatchId: string | null;
  /** Once it is, it stays so: what was read before a lock holds under it. */
  readonly isPrepared: boolean;
}

const COLUMNS = `c.id, c.workspace_id AS "workspaceId", c.name, c.dispatch_id AS "dispatchId",
  c.is_prepared AS "isPrepared"`;
/** Everything that is neither pending nor inflight. */
const SETTLED = COUNTED_STATES.map((state) => `k.${state}`).join(' + ');
/** Everything that a provider was asked to take. */
const SENT = COUNTED_STATES.filter((state) => state !== 'skipped' && state !== 'cancelled')
  .map((state) => `k.${state}`)
  .join(' + ');

/** A ring of so many seconds: long enough for a rate that does not jump. */
const PULSE_SLOTS = 16;

@Injectable()
export class CampaignTickRepository {
  constructor(private readonly sql: Sql) {}

  /** Few at any time; by the partial index of campaigns in motion. */
  async inStatus(status: 'pausing' | 'stopping'): Promise<TickedCampaign[]> {
    return this.sql.query<TickedCampaign>({
      name: `campaigns-${status}`,
      text: `SELECT ${COLUMNS} FROM campaigns c WHERE c.status = '${status}'`,
    });
  }

  /** Prepared to the last row, and every row settled: one sum of counters for each campaign that is sending. */
  async allSettled(): Promise<TickedCampaign[]> {
    return this.sql.query<TickedCampaign>({
      name: 'campaigns-all-settled',
      text: `
        SELECT ${COLUMNS} FROM campaigns c
        JOIN dispatches d ON d.id = c.dispatch_id
        WHERE c.status = 'sending' AND c.is_prepared
          AND d.total <= (SELECT coalesce(sum(${SETTLED}), 0) FROM dispatch_counters k WHERE k.dispatch_id = d.id)`,
    });
  }

  /** Locks it unless another process is at it, and only while it still is what the tick saw. */
  async lock(tx: Queryable, id: string, status: CampaignStatus): Promise<boolean> {
    const rows = await tx.query(
      'SELECT 1 FROM campaigns WHERE id = $1 AND status = $2 FOR UPDATE SKIP LOCKED',
      [id, status],
    );
    return rows.length > 0;
  }

  /** Notes how far every running campaign is; the same second is noted once, however many processes tick. */
  async pulse(): Promise<void> {
    await this.sql.query({
      name: 'campaign-pulse',
      text: `
        INSERT INTO campaign_pulses (campaign_id, slot, at, settled)
        SELECT c.id, (extract(epoch FROM now())::bigint % ${PULSE_SLOTS})::smallint, now(),
               (SELECT coalesce(sum(${SENT}), 0) FROM dispatch_counters k WHERE k.dispatch_id = c.dispatch_id)
        FROM campaigns c
        WHERE c.status IN ('sending', 'pausing', 'stopping') AND c.dispatch_id IS NOT NULL
        ORDER BY c.id
        ON CONFLICT (campaign_id, slot) DO UPDATE SET at = EXCLUDED.at, settled = EXCLUDED.settled
        WHERE campaign_pulses.at < EXCLUDED.at - interval '1 second'`,
    });
  }

  async forgetPulses(tx: Queryable, id: string): Promise<void> {
    await tx.query('DELETE FROM campaign_pulses WHERE campaign_id = $1', [id]);
  }
}
