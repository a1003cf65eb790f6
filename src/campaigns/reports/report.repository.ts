import { Injectable } from '@nestjs/common';
import { ReportSql } from '../../database/pools.js';
import type { Queryable } from '../../database/sql.js';
import { HAPPENINGS, type Happening } from './report-happening.js';
import { SHARED_CALLING_CODES } from './report-country.js';
import { BUCKET_GROWTH } from './report-latency.js';

/** One dispatch of a campaign; its messages have the numbers from 1 to `total`. */
export interface ReportedDispatch {
  readonly id: string;
  readonly total: number;
  /** When its messages were let go; null while they are there. */
  readonly purgedAt: Date | null;
}

/** So many messages that have `key` in common, of one part of the report; `word` is their state, or what happened. */
export interface ReportPart {
  readonly part: 'channel' | 'prefix' | 'code' | 'hour' | 'delivered' | 'read';
  readonly key: string | null;
  readonly word: string;
  readonly n: number;
  /** Of a prefix: one of the numbers that begin with it. */
  readonly sample: string | null;
}

export interface CodeReason {
  readonly code: string;
  readonly reason: string | null;
}

@Injectable()
export class ReportRepository {
  constructor(private readonly sql: ReportSql) {}

  /**
   * All that is read in here is of one instant, counters and rows alike, however long it takes and whatever is sent
   * meanwhile: so a report adds up to the counters while the campaign runs.
   */
  atOneInstant<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.sql.transaction(async (tx) => {
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return work(tx);
    });
  }

  /** The run first, then what was sent again. */
  dispatchesOf(tx: Queryable, campaignId: string): Promise<ReportedDispatch[]> {
    return tx.query<ReportedDispatch>(
      {
        name: 'report-dispatches',
        text: `SELECT id, total, purged_at AS "purgedAt" FROM dispatches WHERE campaign_id = $1 ORDER BY id`,
      },
      [campaignId],
    );
  }

  /**
   * Everything that a report says of the newest rows among these numbers. A range of the primary key, read once and
   * kept in memory for the counts over it: ten thousand rows fit into work_mem, and a campaign costs what its own rows
   * do, whatever else the table holds. Numbers are cut to what tells their country, so that libphonenumber sees a few
   * hundred beginnings instead of every number. Arithmetic is of floats and bins: EXTRACT makes numerics of all times.
   */
  parts(tx: Queryable, dispatchId: string, after: number, upTo: number): Promise<ReportPart[]> {
    return tx.query<ReportPart>(PARTS, [dispatchId, after, upTo, SHARED_CALLING_CODES]);
  }

  /** What providers said with each code, in the words of one of its attempts; the index holds the code. */
  reasonsOf(tx: Queryable, dispatchIds: readonly string[], codes: readonly string[]): Promise<CodeReason[]> {
    return tx.query<CodeReason>(
      {
        name: 'report-reasons',
        text: `
          SELECT DISTINCT ON (c.code) c.code, a.reason
          FROM unnest($2::text[]) AS c (code), unnest($1::bigint[]) AS d (id), LATERAL (
            SELECT reason FROM attempts WHERE dispatch_id = d.id AND code = c.code ORDER BY seq DESC LIMIT 1
          ) AS a
          ORDER BY c.code, d.id DESC`,
      },
      [dispatchIds, codes],
    );
  }
}

/** Each by itself: turned into five rows first, the rows of a span take twice as long as all the rest. */
const hoursOf = (word: Happening): string => `
  SELECT 'hour', (date_part('epoch', hour) / 3600)::int::text, '${word}', n, NULL FROM (
    SELECT date_bin('1 hour', ${word}_at, 'epoch'::timestamptz) AS hour, count(*)::int AS n
    FROM span WHERE ${word}_at IS NOT NULL GROUP BY 1
  ) AS ${word}_hours`;

/** Of the time from the begin of the call that was accepted until then. */
const timeTo = (word: 'delivered' | 'read'): string => `
  SELECT '${word}', bucket::text, '', count(*)::int, NULL FROM (
    SELECT floor(ln(greatest(1, date_part('epoch', ${word}_at - begun_at) * 1000)) * ${1 / Math.log(BUCKET_GROWTH)}::float8) AS bucket
    FROM span WHERE ${word}_at IS NOT NULL AND begun_at IS NOT NULL
  ) AS t GROUP BY bucket`;

const PARTS = {
  name: 'report-parts',
  text: `
    WITH span AS MATERIALIZED (
      SELECT channel_id, state, last_code, recipient, coalesce(inflight_at, accepted_at) AS begun_at,
             accepted_at, sent_at, delivered_at, read_at, CASE state WHEN 'failed' THEN failed_at END AS failed_at,
             CASE WHEN left(recipient, 1) <> '+' THEN NULL
                  WHEN left(recipient, 2) = ANY($4::text[]) THEN left(recipient, 5)
                  WHEN left(recipient, 3) = ANY($4::text[]) OR left(recipient, 4) = ANY($4::text[]) THEN left(recipient, 7)
                  ELSE left(recipient, 4) END AS prefix
      FROM messages WHERE dispatch_id = $1 AND seq > $2 AND seq <= $3 AND resent_in IS NULL
    )
    SELECT 'channel' AS part, channel_id::text AS key, state::text AS word, count(*)::int AS n, NULL::text AS sample
    FROM span GROUP BY channel_id, state
    UNION ALL
    SELECT 'prefix', prefix, state::text, count(*)::int, min(recipient COLLATE "C") FROM span GROUP BY prefix, state
    UNION ALL
    SELECT 'code', last_code, state::text, count(*)::int, NULL FROM span
    WHERE last_code IS NOT NULL GROUP BY last_code, state
    UNION ALL
    ${HAPPENINGS.map(hoursOf).join(' UNION ALL ')}
    UNION ALL ${timeTo('delivered')}
    UNION ALL ${timeTo('read')}`,
};
