import pg from 'pg';
import { isRetryable } from './postgres-codes.js';
import { TYPE_READERS } from './type-readers.js';

/** A statement with a name: Postgres parses and plans it once a connection, not once a call. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What repositories speak to: the pool itself, or one transaction on it. */
export interface Queryable {
  query<Row>(statement: Statement | string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface SqlOptions {
  readonly url: string;
  /** Most connections. */
  readonly size: number;
  /** What pg_stat_activity calls them. */
  readonly name: string;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionMs?: number;
  /** How long a statement waits for a connection of the pool. */
  readonly connectWithinMs?: number;
  /** What a sort or a hash of a statement may take before it goes to disk; the server's own setting unless given. */
  readonly workMemMb?: number;
  onError(error: Error): void;
}

const MOST_RUNS = 5;

/** A pg pool for the statements that the engine lives on. TypeORM has its own, for plain rows. */
export class Sql implements Queryable {
  private readonly pool: pg.Pool;

  constructor(options: SqlOptions) {
    const { workMemMb } = options;
    this.pool = new pg.Pool({
      connectionString: options.url,
      max: options.size,
      application_name: options.name,
      statement_timeout: options.statementTimeoutMs,
      lock_timeout: options.lockTimeoutMs ?? Math.min(10_000, options.statementTimeoutMs),
      idle_in_transaction_session_timeout: options.idleInTransactionMs ?? 30_000,
      connectionTimeoutMillis: options.connectWithinMs ?? 10_000,
      keepAlive: true,
      types: TYPE_READERS,
      // Big set-based statements are costed high and run for milliseconds: compiling them would take longer.
      options: ['-c jit=off', ...(workMemMb === undefined ? [] : [`-c work_mem=${workMemMb}MB`])].join(' '),
    });
    // An idle connection that Postgres drops must not bring the process down.
    this.pool.on('error', (error) => {
      // While it ends, Postgres may be gone before the last goodbye: no loss.
      if (!this.pool.ending) options.onError(error);
    });
  }

  async query<Row>(statement: Statement | string, values: readonly unknown[] = []): Promise<Row[]> {
    const result = await this.pool.query(queryConfig(statement, values));
    return result.rows as Row[];
  }

  /** Runs `work` in one transaction, again from the start when Postgres chose it as a deadlock's victim. */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    for (let run = 1; ; run += 1) {
      try {
        return await this.transactionOnce(work);
      } catch (error) {
        if (run >= MOST_RUNS || !isRetryable(error)) throw error;
      }
    }
  }

  /** Lends the raw client, for COPY and other things that only it can do. */
  async withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    // The pool listens only to idle ones: a connection that Postgres drops while it is lent fails its query, and must
    // not bring the process down besides.
    const onLost = (): void => undefined;
    client.on('error', onLost);
    let broken: Error | undefined;
    try {
      return await work(client);
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      // A client that failed in the middle of something may hold a transaction or half a COPY: never reuse it.
      client.release(broken);
      if (broken === undefined) client.off('error', onLost);
    }
  }

  async end(): Promise<void> {
    await this.pool.end();
  }

  private async transactionOnce<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.withClient(async (client) => {
      await client.query('BEGIN');
      try {
        const result = await work({
          query: async <Row>(statement: Statement | string, values: readonly unknown[] = []) =>
            (await client.query(queryConfig(statement, values))).rows as Row[],
        });
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }
}

function queryConfig(statement: Statement | string, values: readonly unknown[]): pg.QueryConfig {
  return typeof statement === 'string'
    ? { text: statement, values: values as unknown[] }
    : { name: statement.name, text: statement.text, values: values as unknown[] };
}
