import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { isRetryable, isUniqueViolation } from '../../database/postgres-codes.js';
import { Sql, type Queryable, type Statement } from '../../database/sql.js';
import { SuppressionRepository, recipientHash } from '../../ledger/suppression.repository.js';
import { AttributeKeyRepository } from '../attribute-key.repository.js';
import { repeatedRow, type ImportChunk, type StagedRows } from './import-chunk.js';
import { LINE_COLUMNS } from './contact-line.js';
import type { ImportJob } from './import.js';
import type { RowReject } from './table-row.js';

export type ChunkOutcome = 'written' | 'cancel asked' | 'taken over';

interface Duplicate {
  row_number: string;
  recipient: string;
  first_row: string;
}

const MOST_RUNS = 5;

/**
 * The database's side of one import: one connection with two temporary tables. `import_staging` holds a chunk until
 * its transaction ends; `import_seen` holds the numbers of a file too large for SeenNumbers, so that a second one is
 * found at any size of file in the same memory.
 */
@Injectable()
export class ImportSessions {
  constructor(
    private readonly sql: Sql,
    private readonly suppressions: SuppressionRepository,
    private readonly attributeKeys: AttributeKeyRepository,
  ) {}

  async run<T>(job: ImportJob, work: (session: ImportSession) => Promise<T>): Promise<T> {
    return this.sql.withClient(async (client) => {
      await dropTables(client);
      // Numbers come in no order, so import_seen is read and written all over: out of 8 MB, the default, it would be
      // paged in and out. A connection that has used temporary tables already keeps what it has.
      await client.query("SET temp_buffers = '64MB'").catch(() => undefined);
      await client.query(`
        CREATE TEMP TABLE import_staging (
          row_number bigint, number bigint, recipient text, name text, attributes jsonb, tags text[], locale text, time_zone text
        ) ON COMMIT DELETE ROWS;
        CREATE TEMP TABLE import_seen (number bigint PRIMARY KEY, row_number bigint NOT NULL);
      `);
      const result = await work(new ImportSession(client, job, this.suppressions.pepper, this.attributeKeys));
      await dropTables(client);
      return result;
    });
  }
}

async function dropTables(client: PoolClient): Promise<void> {
  await client.query('DROP TABLE IF EXISTS pg_temp.import_staging, pg_temp.import_seen');
}

export class ImportSession {
  constructor(
    private readonly client: PoolClient,
    private readonly job: ImportJob,
    private readonly pepper: Buffer,
    private readonly attributeKeys: AttributeKeyRepository,
  ) {}

  /** One chunk, one transaction: contacts, counts, rejects, names of attributes and the place to go on from. */
  async write(chunk: ImportChunk): Promise<ChunkOutcome> {
    for (let run = 1; ; run += 1) {
      try {
        await this.client.query('BEGIN');
        const outcome = await this.writeOnce(chunk);
        await this.client.query(outcome === 'taken over' ? 'ROLLBACK' : 'COMMIT');
        return outcome;
      } catch (error) {
        // A lost connection fails here too, and its own error says more than that of the ROLLBACK.
        await this.client.query('ROLLBACK').catch(() => undefined);
        if (run >= MOST_RUNS || !isRetryable(error)) throw error;
      }
    }
  }

  private async writeOnce(chunk: ImportChunk): Promise<ChunkOutcome> {
    if (chunk.replayed.count > 0) {
      await this.copy(chunk.replayed);
      await this.rememberNumbers();
      await this.client.query('DELETE FROM import_staging');
    }
    let duplicates: readonly RowReject[] = [];
    let created = 0;
    let updated = 0;
    const isUpdating = this.job.options.onConflict === 'update';
    if (chunk.staged.count > 0) {
      await this.copy(chunk.staged);
      if (chunk.mayRepeat && (await this.rememberNumbers()) < chunk.staged.count) {
        duplicates = await this.takeDuplicates(chunk);
      }
      if (this.job.options.dryRun) await this.client.query('SAVEPOINT before_contacts');
      created = await this.insertMissing();
      if (created + duplicates.length < chunk.staged.count && isUpdating) {
        updated = await this.updateDiffering();
      }
      await this.attributeKeys.remember(queryableOf(this.client), this.job.workspaceId, chunk.attributes);
      if (this.job.options.dryRun) await this.client.query('ROLLBACK TO SAVEPOINT before_contacts');
    }
    const rejects = [...chunk.rejects, ...duplicates];
    await this.writeRejects(rejects);
    return this.advance(chunk, { created, updated, failed: rejects.length });
  }

  private async copy(rows: StagedRows): Promise<void> {
    const stream = this.client.query(copyFrom(`COPY import_staging (${LINE_COLUMNS}) FROM STDIN`));
    await pipeline(Readable.from(rows.bytes), stream);
  }

  /**
   * How many of the staged rows are the first of their number in the file. COPY kept their order, so of two in one
   * chunk the earlier one is remembered, without a sort.
   */
  private async rememberNumbers(): Promise<number> {
    const result = await this.client.query(
      `INSERT INTO import_seen (number, row_number) SELECT number, row_number FROM import_staging
       ON CONFLICT DO NOTHING`,
    );
    return result.rowCount ?? 0;
  }

  /** The sub-select makes Postgres probe import_seen by its key; a join would hash the whole of it for each chunk. */
  private async takeDuplicates(chunk: ImportChunk): Promise<RowReject[]> {
    const firstRow = `(SELECT f.row_number FROM import_seen f WHERE f.number = s.number)`;
    const { rows } = await this.client.query<Duplicate>(
      `DELETE FROM import_staging s WHERE ${firstRow} <> s.row_number
       RETURNING s.row_number, s.recipient, ${firstRow} AS first_row`,
    );
    return rows.map(({ row_number, recipient, first_row }) => {
      const row = Number(row_number);
      return repeatedRow(row, chunk.phoneColumn, chunk.written.get(row) ?? recipient, first_row);
    });
  }

  /**
   * Leaves out who is there already and inserts the rest plainly: ON CONFLICT writes each row in two steps and took
   * half as long again. Where another import was quicker in between, the index says so and ON CONFLICT has to do.
   */
  private async insertMissing(): Promise<number> {
    await this.client.query('SAVEPOINT before_insert');
    try {
      return await this.insertStaged('');
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      await this.client.query('ROLLBACK TO SAVEPOINT before_insert');
      return this.insertStaged('ON CONFLICT (workspace_id, recipient) DO NOTHING');
    }
  }

  /**
   * In the file's order, so that lists show people as the file did. A number that is suppressed arrives opted out; the
   * hash of none is computed in a workspace that has no opt-out yet. LATERAL … LIMIT 1 is a key probe a row, where a
   * join could be planned as a scan of all contacts or suppressions.
   */
  private async insertStaged(onConflict: string): Promise<number> {
    const { rowCount } = await this.client.query(
      `INSERT INTO contacts (workspace_id, recipient, name, attributes, tags, locale, time_zone,
                             opted_out_at, opt_out_reason)
       SELECT $1, s.recipient, s.name, s.attributes, s.tags, s.locale, s.time_zone, o.at, o.reason
       FROM import_staging s
       LEFT JOIN LATERAL (
         SELECT true AS is_there FROM contacts c WHERE c.workspace_id = $1 AND c.recipient = s.recipient LIMIT 1
       ) known ON true
       LEFT JOIN LATERAL (
         SELECT p.created_at AS at, p.reason FROM suppressions p
         WHERE (SELECT EXISTS (SELECT 1 FROM suppressions a WHERE a.workspace_id = $1))
           AND p.workspace_id = $1 AND p.category = 'all'
           AND p.recipient_hash = ${recipientHash('s.recipient', '$2')}
         LIMIT 1
       ) o ON true
       WHERE known.is_there IS NULL
       ORDER BY s.row_number
       ${onConflict}`,
      [this.job.workspaceId, this.pepper],
    );
    return rowCount ?? 0;
  }

  /**
   * After the insert, so that every staged number has a contact. Reads each by its key (LATERAL … LIMIT 1 cannot be
   * planned as a hash of all contacts) and writes only those that would change; hash and merge joins are off for the
   * second look-up by id, for which the planner, knowing no better, would scan the table once a chunk.
   */
  private async updateDiffering(): Promise<number> {
    await this.client.query(
      'SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off; SET LOCAL jit = off',
    );
    const { rowCount } = await this.client.query(
      `WITH differing AS MATERIALIZED (
         SELECT c.id, s.name, s.attributes, s.tags, s.locale, s.time_zone
         FROM import_staging s
         CROSS JOIN LATERAL (
           SELECT id, name, attributes, tags, locale, time_zone FROM contacts
           WHERE workspace_id = $1 AND recipient = s.recipient LIMIT 1
         ) c
         WHERE s.name <> coalesce(c.name, '') OR s.locale <> coalesce(c.locale, '')
           OR s.time_zone <> coalesce(c.time_zone, '')
           OR NOT c.attributes @> s.attributes OR NOT c.tags @> s.tags
       )
       UPDATE contacts c SET
         name = coalesce(d.name, c.name),
         attributes = c.attributes || d.attributes,
         tags = c.tags || ARRAY(SELECT t FROM unnest(d.tags) AS t WHERE t <> ALL (c.tags)),
         locale = coalesce(d.locale, c.locale),
         time_zone = coalesce(d.time_zone, c.time_zone),
         updated_at = now()
       FROM differing d WHERE c.id = d.id AND c.workspace_id = $1`,
      [this.job.workspaceId],
    );
    await this.client.query(
      'SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; SET LOCAL enable_seqscan = on',
    );
    return rowCount ?? 0;
  }

  private async writeRejects(rejects: readonly RowReject[]): Promise<void> {
    if (rejects.length === 0) return;
    await this.client.query(
      `INSERT INTO import_rejects (import_id, row_number, column_name, value, reason)
       SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[])`,
      [
        this.job.id,
        rejects.map(({ row }) => row),
        rejects.map(({ column }) => column),
        rejects.map(({ value }) => value),
        rejects.map(({ reason }) => reason),
      ],
    );
  }

  /** Last in the transaction: with another's fence on the row, all of it is undone. */
  private async advance(
    chunk: ImportChunk,
    counts: { created: number; updated: number; failed: number },
  ): Promise<ChunkOutcome> {
    const read = chunk.staged.count + chunk.rejects.length;
    const { rows } = await this.client.query<{ cancel_asked: boolean }>(
      `UPDATE imports SET
         rows_read = rows_read + $3, rows_created = rows_created + $4, rows_updated = rows_updated + $5,
         rows_unchanged = rows_unchanged + $6, rows_failed = rows_failed + $7,
         last_row = greatest(last_row, $8), bytes_read = $9, lease_until = now() + interval '30 seconds'
       WHERE id = $1 AND fence = $2 AND status = 'running' RETURNING cancel_asked`,
      [
        this.job.id,
        this.job.fence,
        read,
        counts.created,
        counts.updated,
        read - counts.created - counts.updated - counts.failed,
        counts.failed,
        chunk.lastRow,
        chunk.bytesRead,
      ],
    );
    const [row] = rows;
    if (row === undefined) return 'taken over';
    return row.cancel_asked ? 'cancel asked' : 'written';
  }
}

function queryableOf(client: PoolClient): Queryable {
  return {
    query: async <Row>(statement: Statement | string, values: readonly unknown[] = []) =>
      (
        await (typeof statement === 'string'
          ? client.query(statement, [...values])
          : client.query({ ...statement, values: [...values] }))
      ).rows as Row[],
  };
}
