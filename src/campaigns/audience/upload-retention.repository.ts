import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { forgetAgedRows, type AgedRows } from '../../database/aged-rows.js';
import { agedBefore, Housekeeping } from '../../database/housekeeping.js';

const ROWS: AgedRows = {
  oldest: `
    SELECT id FROM campaigns WHERE finished_at < $1 AND upload_purged_at IS NULL ORDER BY finished_at LIMIT 1`,
  firstRow: 'SELECT min(row_number) AS first FROM campaign_recipients WHERE campaign_id = $1',
  forget: `
    DELETE FROM campaign_recipients WHERE campaign_id = $1 AND row_number >= $2 AND row_number < $2::bigint + $3 RETURNING 1`,
  mark: 'UPDATE campaigns SET upload_purged_at = now() WHERE id = $1',
  rowsOfAChunk: 5000,
};

/** Lets go of the files that campaigns were sent to, as long ago as what was said to those in them. */
@Injectable()
export class UploadRetention implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add('uploaded recipients', (tx) =>
      forgetAgedRows(tx, ROWS, agedBefore(this.clock.nowMs(), this.config.retention.contentDays)),
    );
  }
}
