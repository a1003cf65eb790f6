import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../../database/sql.js';
import type { ImportJob, ImportOptions, ImportStatus } from './import.js';
import type { RowReject } from './table-row.js';

interface Row {
  id: string;
  workspace_id: string;
  status: ImportStatus;
  file_name: string;
  file_path: string;
  options: ImportOptions;
  rows_read: string;
  rows_created: string;
  rows_updated: string;
  rows_unchanged: string;
  rows_failed: string;
  bytes_read: string;
  bytes_total: string;
  error: string | null;
  last_row: string;
  fence: number;
  cancel_asked: boolean;
  created_at: Date;
  finished_at: Date | null;
}

const COLUMNS = `id, workspace_id, status, file_name, file_path, options, rows_read, rows_created, rows_updated,
  rows_unchanged, rows_failed, bytes_read, bytes_total, error, last_row, fence, cancel_asked, created_at, finished_at`;

/** Long enough for the slowest chunk, short enough that a dead process's import goes on while people still wait. */
const LEASE = "interval '30 seconds'";

@Injectable()
export class ImportRepository {
  constructor(private readonly sql: Sql) {}

  async create(job: {
    workspaceId: string;
    fileName: string;
    filePath: string;
    bytes: number;
    options: ImportOptions;
  }): Promise<ImportJob> {
    const [row] = await this.sql.query<Row>(
      `INSERT INTO imports (workspace_id, status, file_name, file_path, options, bytes_total, lease_until)
       VALUES ($1, 'running', $2, $3, $4::jsonb, $5, now()) RETURNING ${COLUMNS}`,
      [job.workspaceId, job.fileName, job.filePath, JSON.stringify(job.options), job.bytes],
    );
    return jobOf(row as Row);
  }

  async find(workspaceId: string, id: string): Promise<ImportJob | null> {
    const [row] = await this.sql.query<Row>(
      `SELECT ${COLUMNS} FROM imports WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, id],
    );
    return row === undefined ? null : jobOf(row);
  }

  /** Over all workspaces: who died holding them does not ask whose they were. */
  async listStalled(limit: number): Promise<(ImportJob & { stalledSeconds: number })[]> {
    const rows = await this.sql.query<Row & { stalled_seconds: number }>(
      `SELECT ${COLUMNS}, extract(epoch FROM now() - lease_until)::int AS stalled_seconds
       FROM imports WHERE status = 'running' AND lease_until < now()
       ORDER BY lease_until LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ ...jobOf(row), stalledSeconds: row.stalled_seconds }));
  }

  /** Takes an import that nobody works on; the fence shuts out whoever did. Null: another process was quicker. */
  async claim(id: string): Promise<ImportJob | null> {
    const [row] = await this.sql.query<Row>(
      `UPDATE imports SET fence = fence + 1, lease_until = now() + ${LEASE}
       WHERE id = $1 AND status = 'running' AND lease_until <= now() RETURNING ${COLUMNS}`,
      [id],
    );
    return row === undefined ? null : jobOf(row);
  }

  /** Returns whether someone asked to cancel. */
  async renew(job: ImportJob): Promise<boolean> {
    const [row] = await this.sql.query<{ cancel_asked: boolean }>(
      `UPDATE imports SET lease_until = now() + ${LEASE}
       WHERE id = $1 AND fence = $2 AND status = 'running' RETURNING cancel_asked`,
      [job.id, job.fence],
    );
    return row?.cancel_asked ?? false;
  }

  /** Gives an import back after a fault that may pass, for the next tick of any process. */
  async release(job: ImportJob): Promise<void> {
    await this.sql.query(
      "UPDATE imports SET lease_until = now() WHERE id = $1 AND fence = $2 AND status = 'running'",
      [job.id, job.fence],
    );
  }

  async askCancel(workspaceId: string, id: string): Promise<ImportJob | null> {
    const [row] = await this.sql.query<Row>(
      `UPDATE imports SET cancel_asked = cancel_asked OR status = 'running'
       WHERE workspace_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
      [workspaceId, id],
    );
    return row === undefined ? null : jobOf(row);
  }

  /** Returns null when the import was taken over or has ended already. */
  async finish(
    db: Queryable,
    job: Pick<ImportJob, 'id' | 'fence'>,
    status: Exclude<ImportStatus, 'running'>,
    error: string | null,
  ): Promise<ImportJob | null> {
    const [row] = await db.query<Row>(
      `UPDATE imports SET status = $3, error = $4, finished_at = now(), lease_until = NULL,
         bytes_read = CASE WHEN $3 = 'done' THEN bytes_total ELSE bytes_read END
       WHERE id = $1 AND fence = $2 AND status = 'running' RETURNING ${COLUMNS}`,
      [job.id, job.fence, status, error],
    );
    return row === undefined ? null : jobOf(row);
  }

  /** Takes no lock that a statement on contacts would wait for; only a VACUUM or another ANALYZE shuts it out. */
  async refreshStatistics(): Promise<void> {
    await this.sql.query('ANALYZE contacts');
  }

  async listRejects(importId: string, after: readonly [number, string], limit: number): Promise<RowReject[]> {
    const rows = await this.sql.query<{
      row_number: string;
      column_name: string;
      value: string;
      reason: string;
    }>(
      `SELECT row_number, column_name, value, reason FROM import_rejects
       WHERE import_id = $1 AND (row_number, column_name) > ($2::bigint, $3)
       ORDER BY row_number, column_name LIMIT $4`,
      [importId, after[0], after[1], limit],
    );
    return rows.map((row) => ({
      row: Number(row.row_number),
      column: row.column_name,
      value: row.value,
      reason: row.reason,
    }));
  }

  async listFilesInUse(): Promise<string[]> {
    const rows = await this.sql.query<{ file_path: string }>(
      "SELECT file_path FROM imports WHERE status = 'running'",
    );
    return rows.map((row) => row.file_path);
  }
}

function jobOf(row: Row): ImportJob {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    status: row.status,
    fileName: row.file_name,
    filePath: row.file_path,
    options: row.options,
    rows: {
      read: Number(row.rows_read),
      created: Number(row.rows_created),
      updated: Number(row.rows_updated),
      unchanged: Number(row.rows_unchanged),
      failed: Number(row.rows_failed),
    },
    bytes: { read: Number(row.bytes_read), total: Number(row.bytes_total) },
    error: row.error,
    lastRow: Number(row.last_row),
    fence: row.fence,
    isCancelAsked: row.cancel_asked,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
