import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { SendSql } from '../database/pools.js';

/** A worker that was not seen for this long is taken for gone. */
export const GONE_AFTER_MS = 30_000;

/** Who this process is in leases and in the list of workers. */
@Injectable()
export class WorkerIdentity {
  readonly id = randomUUID();

  constructor(
    private readonly sql: SendSql,
    private readonly config: Config,
  ) {}

  async heartbeat(): Promise<void> {
    await this.sql.query(
      `INSERT INTO workers (id, host, pid, roles) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET seen_at = now()`,
      [this.id, hostname(), process.pid, [...this.config.roles]],
    );
    await this.sql.query(`DELETE FROM workers WHERE seen_at < now() - $1 * interval '1 ms'`, [
      GONE_AFTER_MS * 4,
    ]);
  }

  /** How many processes with role worker were seen lately. */
  async liveWorkers(): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM workers WHERE seen_at > now() - $1 * interval '1 ms' AND 'worker' = ANY(roles)`,
      [GONE_AFTER_MS],
    );
    return Math.max(1, row?.n ?? 0);
  }

  async leave(): Promise<void> {
    await this.sql.query('DELETE FROM workers WHERE id = $1', [this.id]);
  }
}
