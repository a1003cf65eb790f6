import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { agedBefore, Housekeeping, NOTHING_OLD, type Chunk } from '../../database/housekeeping.js';
import type { Queryable } from '../../database/sql.js';

/** Rows of the file; each may have been refused for several columns. */
const REJECTS_OF_A_CHUNK = 2000;

const OLDEST = `
  SELECT id FROM imports WHERE finished_at < $1 AND rejects_purged_at IS NULL ORDER BY finished_at LIMIT 1`;
const FIRST_ROW = 'SELECT min(row_number) AS first FROM import_rejects WHERE import_id = $1';
/** By two numbers of the key: with a LIMIT, all that was deleted before might be stepped over again and again. */
const FORGET = `
  DELETE FROM import_rejects WHERE import_id = $1 AND row_number >= $2 AND row_number < $2::bigint + $3 RETURNING 1`;

/** Lets go of the rows that imports refused, which hold what was in the file. How many they were stays. */
@Injectable()
export class ImportRetention implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add('rejected rows of imports', (tx) => this.forget(tx));
  }

  private async forget(tx: Queryable): Promise<Chunk> {
    const before = agedBefore(this.clock.nowMs(), this.config.retention.importDays);
    if (before === null) return NOTHING_OLD;
    const [old] = await tx.query<{ id: string }>(OLDEST, [before]);
    if (old === undefined) return NOTHING_OLD;
    const [{ first }] = (await tx.query<{ first: string | null }>(FIRST_ROW, [old.id])) as [
      { first: string | null },
    ];
    if (first === null) {
      await tx.query('UPDATE imports SET rejects_purged_at = now() WHERE id = $1', [old.id]);
      return { purged: 0, isMore: true };
    }
    const gone = await tx.query(FORGET, [old.id, first, REJECTS_OF_A_CHUNK]);
    return { purged: gone.length, isMore: true };
  }
}
