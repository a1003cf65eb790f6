import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../../database/sql.js';
import type { Calendar } from './send-window.js';

/** What a workspace says of time; a part of its row. */
@Injectable()
export class CalendarRepository {
  constructor(private readonly sql: Sql) {}

  async find(workspaceId: string, db: Queryable = this.sql): Promise<Calendar> {
    const [row] = await db.query<Calendar>(
      {
        name: 'calendar-find',
        text: `SELECT time_zone AS timezone, holidays, quiet_hours AS "quietHours" FROM workspaces WHERE id = $1`,
      },
      [workspaceId],
    );
    return row ?? { timezone: 'UTC', holidays: [], quietHours: null };
  }

  async replace(workspaceId: string, { timezone, holidays, quietHours }: Calendar): Promise<void> {
    await this.sql.query(
      'UPDATE workspaces SET time_zone = $2, holidays = $3, quiet_hours = $4 WHERE id = $1',
      [
        workspaceId,
        timezone,
        JSON.stringify(holidays),
        quietHours === null ? null : JSON.stringify(quietHours),
      ],
    );
  }
}
