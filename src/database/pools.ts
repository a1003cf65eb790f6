import type { ReadyConfig } from '../config/config.js';
import { Sql, type SqlOptions } from './sql.js';

/**
 * The pools of a process by what they are for, so that the ones cannot use up what the others need. Which one a
 * repository asks for is the type in its constructor; `Sql` itself is for all that has no pool of its own.
 */

/** Barriers, outcomes, leases, gates, and single messages as they are posted: what a send waits for. */
export class SendSql extends Sql {}
/** Webhooks on their way in: what a provider waits for. */
export class IntakeSql extends Sql {}
/** Lists, exports and counts: what may read a million rows. */
export class ReportSql extends Sql {}

type PoolOptions = Omit<SqlOptions, 'url' | 'onError'>;

/**
 * Limits in Postgres, never in the driver: what the server ends itself it has undone, and says so, while a driver that
 * stops waiting leaves open whether it was committed. Nor does the server end a statement that is committing already.
 * So none of these makes a doubt (see ledger/commit-doubt.ts).
 */
export function workPool({ database }: ReadyConfig): PoolOptions {
  return {
    name: 'caudal-work',
    size: database.workConnections,
    statementTimeoutMs: 30_000,
    lockTimeoutMs: 10_000,
    idleInTransactionMs: 30_000,
    connectWithinMs: 10_000,
  };
}

/**
 * A barrier is worth nothing any more once its lease is over: its rows would be called unknown, having been moved by a
 * statement that was too slow. Ended at half of the lease, they are proved to be where they were.
 */
export function sendPool({ database, engine }: ReadyConfig): PoolOptions {
  const halfALeaseMs = Math.ceil(engine.leaseMs / 2);
  return {
    name: 'caudal-send',
    size: database.sendConnections,
    statementTimeoutMs: halfALeaseMs,
    lockTimeoutMs: halfALeaseMs,
    idleInTransactionMs: halfALeaseMs,
    connectWithinMs: 10_000,
  };
}

/** Providers are told no after five seconds and come again; a statement that hangs much longer only keeps a lane. */
export function intakePool({ database }: ReadyConfig): PoolOptions {
  return {
    name: 'caudal-intake',
    size: database.intakeConnections,
    statementTimeoutMs: 10_000,
    lockTimeoutMs: 5000,
    idleInTransactionMs: 10_000,
    connectWithinMs: 5000,
  };
}

/**
 * A report waits for no lock to speak of, and whoever asks for one is told soon that there are too many. Its hash of the
 * contacts that belong to an uploaded list stays in memory up to about a million of them; with the usual 4 MB it was
 * written to sixteen files and read again.
 */
export function reportPool({ database }: ReadyConfig): PoolOptions {
  return {
    name: 'caudal-report',
    size: database.reportConnections,
    statementTimeoutMs: database.reportTimeoutMs,
    lockTimeoutMs: 2000,
    idleInTransactionMs: 10_000,
    connectWithinMs: 5000,
    workMemMb: 32,
  };
}
