import { NOTHING_OLD, type Chunk } from './housekeeping.js';
import type { Queryable } from './sql.js';

/** Rows that belong to something which ended, numbered within it, and what to ask of them. */
export interface AgedRows {
  /** `$1` is the time: the `id` of one that ended before, and still has its rows. */
  readonly oldest: string;
  /** `$1` is that id: its lowest number as `first`, or null. */
  readonly firstRow: string;
  /**
   * `$1` id, `$2` first number, `$3` how many: one row back for each that went. By two numbers of the key: with a LIMIT,
   * all that was deleted before might be stepped over again and again.
   */
  readonly forget: string;
  /** `$1` is the id: it has none left. */
  readonly mark: string;
  readonly rowsOfAChunk: number;
}

/** One chunk of the rows of whatever ended first before then. */
export async function forgetAgedRows(tx: Queryable, rows: AgedRows, before: Date | null): Promise<Chunk> {
  if (before === null) return NOTHING_OLD;
  const [old] = await tx.query<{ id: string }>(rows.oldest, [before]);
  if (old === undefined) return NOTHING_OLD;
  const [lowest] = await tx.query<{ first: string | null }>(rows.firstRow, [old.id]);
  const first = lowest?.first ?? null;
  if (first === null) {
    await tx.query(rows.mark, [old.id]);
    return { purged: 0, isMore: true };
  }
  const gone = await tx.query(rows.forget, [old.id, first, rows.rowsOfAChunk]);
  return { purged: gone.length, isMore: true };
}
