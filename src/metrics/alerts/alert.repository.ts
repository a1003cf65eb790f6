import { Injectable } from '@nestjs/common';
import { Sql } from '../../database/sql.js';
import type { AlertKind } from '../../events/alert-book.js';

export interface Alert {
  readonly id: string;
  readonly kind: AlertKind;
  readonly channelId: string | null;
  readonly text: string;
  readonly times: number;
  readonly raisedAt: Date;
  readonly lastAt: Date;
  readonly endedAt: Date | null;
  readonly ackedAt: Date | null;
  readonly ackedBy: string | null;
}

const COLUMNS = `id, kind, channel_id AS "channelId", text, times, raised_at AS "raisedAt", last_at AS "lastAt",
                 ended_at AS "endedAt", acked_at AS "ackedAt", acked_by AS "ackedBy"`;

@Injectable()
export class AlertRepository {
  constructor(private readonly sql: Sql) {}

  /** Newest first, along the index of a workspace. `lasting`: only those whose cause has not ended. */
  list(workspaceId: string, lasting: boolean, before: string | null, limit: number): Promise<Alert[]> {
    return this.sql.query<Alert>(
      `SELECT ${COLUMNS} FROM alerts
       WHERE workspace_id = $1 AND ($2::bigint IS NULL OR id < $2) ${lasting ? 'AND ended_at IS NULL' : ''}
       ORDER BY id DESC LIMIT $3`,
      [workspaceId, before, limit],
    );
  }

  /** Null where there is none. Who was first to acknowledge it stays. */
  async acknowledge(workspaceId: string, id: string, by: string): Promise<Alert | null> {
    const [alert] = await this.sql.query<Alert>(
      `UPDATE alerts SET acked_at = coalesce(acked_at, now()), acked_by = coalesce(acked_by, $3)
       WHERE workspace_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
      [workspaceId, id, by],
    );
    return alert ?? null;
  }
}
