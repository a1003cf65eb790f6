import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HealthIndicators, type ComponentHealth } from '../common/health-indicators.js';
import { Config } from '../config/config.js';
import { Sql } from './sql.js';

interface OpenTransaction {
  /** Of a prepared transaction, which has no process: null. */
  readonly pid: number | null;
  readonly application: string;
  readonly state: string;
  readonly began: string;
  readonly ageMs: number;
}

/**
 * Of this database only: what runs in others keeps nothing of ours. A vacuum holds nothing up either. Whoever is idle in
 * a transaction without a snapshot or a row of its own (READ COMMITTED, nothing written) may stay so for ever.
 */
const OLDEST = {
  name: 'oldest-snapshot',
  text: `
    SELECT pid, application, state, began::text, (extract(epoch FROM clock_timestamp() - began) * 1000)::float8 AS "ageMs"
    FROM (
      SELECT a.pid, a.application_name AS application, a.state, a.xact_start AS began FROM pg_stat_activity a
      WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.xact_start IS NOT NULL
        AND coalesce(a.backend_xid, a.backend_xmin) IS NOT NULL
        AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
      UNION ALL
      SELECT NULL, p.gid, 'prepared', p.prepared FROM pg_prepared_xacts p WHERE p.database = current_database()
    ) AS open
    ORDER BY began LIMIT 1`,
};

/**
 * Tells of the transaction that has been open for longest, when it is old: behind it nothing is vacuumed, and tables
 * that are updated all the time grow without end. The route is public and says the age; the log says whose it is.
 */
@Injectable()
export class OldSnapshots implements OnModuleInit {
  private readonly logger = new Logger('Postgres');
  private readonly oldMs: number;
  private told = '';

  constructor(
    private readonly indicators: HealthIndicators,
    private readonly sql: Sql,
    { database }: Config,
  ) {
    this.oldMs = database.oldSnapshotMs;
  }

  onModuleInit(): void {
    this.indicators.add('snapshots', () => this.check());
  }

  /** The tick. Each transaction is told of once. */
  async run(): Promise<void> {
    const old = await this.oldest();
    if (old === null) return;
    const { pid, application, state, began } = old;
    const whose = `${pid} ${began}`;
    if (whose === this.told) return;
    this.told = whose;
    this.logger.warn(
      `a transaction has been open for ${ageOf(old)}; nothing that changed since is cleaned away, and tables grow`,
      { pid, application, state, since: began },
    );
  }

  private async check(): Promise<ComponentHealth> {
    const old = await this.oldest();
    return old === null
      ? { status: 'ok' }
      : {
          status: 'degraded',
          reason: `a transaction has been open for ${ageOf(old)} and keeps old rows from being cleaned away; the log of the workers says whose it is`,
        };
  }

  private async oldest(): Promise<OpenTransaction | null> {
    const [oldest] = await this.sql.query<OpenTransaction>(OLDEST);
    return oldest === undefined || oldest.ageMs < this.oldMs ? null : oldest;
  }
}

function ageOf({ ageMs }: OpenTransaction): string {
  return ageMs < 120_000 ? `${Math.floor(ageMs / 1000)} s` : `${Math.floor(ageMs / 60_000)} min`;
}
