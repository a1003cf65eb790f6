import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { forgetAgedRows, type AgedRows } from '../../database/aged-rows.js';
import { agedBefore, Housekeeping } from '../../database/housekeeping.js';

const ROWS: AgedRows = {
  oldest: `
    SELECT id FROM imports WHERE finished_at < $1 AND rejects_purged_at IS NULL ORDER BY finished_at LIMIT 1`,
  firstRow: 'SELECT min(row_number) AS first FROM import_rejects WHERE import_id = $1',
  forget: `
    DELETE FROM import_rejects WHERE import_id = $1 AND row_number >= $2 AND row_number < $2::bigint + $3 RETURNING 1`,
  mark: 'UPDATE imports SET rejects_purged_at = now() WHERE id = $1',
  // Rows of the file; each may have been refused for several columns.
  rowsOfAChunk: 2000,
};

/** Lets go of the rows that imports refused, which hold what was in the file. How many they were stays. */
@Injectable()
export class ImportRetention implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add('rejected rows of imports', (tx) =>
      forgetAgedRows(tx, ROWS, agedBefore(this.clock.nowMs(), this.config.retention.importDays)),
    );
  }
}
