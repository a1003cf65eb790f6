import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';
import type { MessagePosition } from '../ledger/stream.js';
import type { TaskMessage } from './task.js';

@Injectable()
export class TaskRepository {
  constructor(private readonly sql: Sql) {}

  /**
   * One row by its key, and one look at the index of each of the two tables that say more of it. That of provider_refs
   * holds dispatches with even numbers, which streams have.
   */
  async find(workspaceId: string, { dispatchId, seq }: MessagePosition): Promise<TaskMessage | null> {
    const [row] = await this.sql.query<TaskMessage>(
      {
        name: 'task-find',
        text: `
          SELECT m.state, m.tries, m.recipient, m.last_code AS code,
                 (SELECT a.reason FROM attempts a
                  WHERE a.dispatch_id = m.dispatch_id AND a.seq = m.seq AND m.last_code IS NOT NULL
                  ORDER BY a.attempt DESC, a.at DESC LIMIT 1) AS trail,
                 (SELECT r.provider_id FROM provider_refs r
                  WHERE r.dispatch_id = m.dispatch_id AND r.seq = m.seq AND r.dispatch_id % 2 = 0
                  ORDER BY r.attempt DESC LIMIT 1) AS "providerId"
          FROM messages m
          WHERE m.dispatch_id = $1 AND m.seq = $2 AND m.workspace_id = $3`,
      },
      [dispatchId, seq, workspaceId],
    );
    return row ?? null;
  }
}
