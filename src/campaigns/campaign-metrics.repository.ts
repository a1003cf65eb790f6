import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';

/** Where a campaign was some seconds ago. */
export interface Pulse {
  readonly settled: number;
  readonly ageSeconds: number;
}

@Injectable()
export class CampaignMetricsRepository {
  constructor(private readonly sql: Sql) {}

  /** The oldest mark of the last seconds; null when it has not been running for two of them. */
  async pulse(campaignId: string): Promise<Pulse | null> {
    const [row] = await this.sql.query<Pulse>(
      {
        name: 'campaign-pulse-of',
        text: `
          SELECT settled, extract(epoch FROM now() - at)::float8 AS "ageSeconds" FROM campaign_pulses
          WHERE campaign_id = $1 AND at > now() - interval '10 seconds' AND at <= now() - interval '1 second'
          ORDER BY at LIMIT 1`,
      },
      [campaignId],
    );
    return row ?? null;
  }

  /**
   * From the barrier to the provider's acceptance, over the batch that was begun last: a range of the primary key, so
   * it costs the same for ten messages and for a million. Batches are begun in order; the walk is along their key.
   */
  async averageLatencyMs(dispatchId: string): Promise<number | null> {
    const [row] = await this.sql.query<{ ms: number | null }>(
      {
        name: 'campaign-latency',
        text: `
          SELECT (avg(extract(epoch FROM m.accepted_at - m.inflight_at)) * 1000)::float8 AS ms
          FROM (
            SELECT first_seq, last_seq FROM batches
            WHERE dispatch_id = $1 AND state NOT IN ('ready', 'parked') ORDER BY batch_no DESC LIMIT 2
          ) AS b
          JOIN messages m ON m.dispatch_id = $1 AND m.seq BETWEEN b.first_seq AND b.last_seq
          WHERE m.accepted_at IS NOT NULL`,
      },
      [dispatchId],
    );
    return row?.ms ?? null;
  }

  /**
   * Batches with a failed message. Failures leave a row in attempts, which is what makes them findable. Each batch
   * looks for its first one and no further (scalar sub-selects with LIMIT): joined, all attempts of the campaign are
   * compared with each batch, 11 s of a campaign of 800,000 with a failure in five. Without a failure none is visited.
   */
  async failedBatches(dispatchId: string): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(
      {
        name: 'campaign-failed-batches',
        text: `
          SELECT count(*)::int AS n FROM batches b
          WHERE b.dispatch_id = $1
            AND EXISTS (SELECT FROM dispatch_counters c WHERE c.dispatch_id = $1 AND c.failed > 0)
            AND (
            SELECT 1 FROM attempts a
            WHERE a.dispatch_id = b.dispatch_id AND a.seq BETWEEN b.first_seq AND b.last_seq AND (
              SELECT m.state FROM messages m
              WHERE m.dispatch_id = a.dispatch_id AND m.seq = a.seq AND m.resent_in IS NULL LIMIT 1
            ) = 'failed'
            LIMIT 1
          ) IS NOT NULL`,
      },
      [dispatchId],
    );
    return row?.n ?? 0;
  }
}
