import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';
import { COUNTER_COLUMNS, countersAdded } from './counter-columns.js';
import { COUNTED_STATES } from './message-state.js';
import { MessageWriter, type Appended, type MessageSource } from './message-writer.repository.js';
import { openWindows } from './open-windows.js';
import { TAKEN_STATES, type ResendOrder } from './resend.js';
import type { MessageCategory } from './suppression.js';
import type { ZoneLookUp } from './zone-look-up.js';

export interface ResendChunk {
  readonly dispatch: {
    readonly id: string;
    readonly workspaceId: string;
    readonly category: MessageCategory;
  };
  readonly order: ResendOrder;
  /** All dispatches of the campaign before this one. */
  readonly earlier: readonly string[];
  /** The one whose messages are taken now, and the number after which. */
  readonly source: string;
  readonly after: number;
  readonly limit: number;
  /** Where to send from whose channel is not one of these any more. */
  readonly channelIds: readonly string[];
  /** Those of them that reach only people who wrote to them within 24 hours, but for templates. */
  readonly windowed: readonly string[];
  /** The messages are of different variants; each is sent again as it was. */
  readonly hasVariants?: boolean;
  /** They are sorted by their recipients' zones; null or missing: they are not. */
  readonly zones?: ZoneLookUp | null;
  readonly batchSize: number;
}

export interface WrittenResends {
  /** Messages that were looked at; fewer than the limit when the source has no more. */
  readonly found: number;
  readonly lastSeq: number;
  readonly rows: Appended | null;
}

interface Taken {
  found: number;
  last: number | null;
  seqs: number[];
}

/** Writes the rows of a resend, a chunk in one transaction with the marks on the rows that they try again. */
@Injectable()
export class ResendWriter {
  constructor(private readonly writer: MessageWriter) {}

  /**
   * The marks first: whoever locks a row decides, a status that says it arrived or this. Evidence that comes after is
   * seen by the barrier, which sends none of what was written here that has arrived.
   */
  async write(tx: Queryable, chunk: ResendChunk): Promise<WrittenResends> {
    const { dispatch, order, earlier, source, after, limit, batchSize } = chunk;
    const [taken] = await tx.query<Taken>(order.codes === null ? TAKE : TAKE_WITH_CODES, [
      dispatch.id,
      source,
      after,
      limit,
      order.states,
      order.unknownBefore,
      earlier,
      ...(order.codes === null ? [] : [order.codes]),
    ]);
    const { found, last, seqs } = taken!;
    if (seqs.length === 0) return { found, lastSeq: last ?? after, rows: null };
    const rows = await this.writer.append(tx, dispatch, sourceOf(chunk, seqs), batchSize);
    return { found, lastSeq: last ?? after, rows };
  }
}

/** The states in which a resent row leaves its count to the new one. */
const RESENT_COUNTS = COUNTED_STATES.map(
  (state) => `(count(*) FILTER (WHERE after = '${state}'))::int AS ${state}`,
).join(', ');
const TAKEN = TAKEN_STATES.map((state) => `'${state}'`).join(', ');

/**
 * Candidates are found through attempts, along their index on (dispatch, seq), and looked up by their keys: a chunk
 * costs what it takes and what it steps over, whatever the size of the dispatch. A row whose forerunner was taken after
 * all is not sent a third time. What was unknown is unconfirmed from here on: nobody waits for its evidence any more,
 * and no late answer of its call counts as the newer row's.
 */
function takeStatement(name: string, codes: string | null): { name: string; text: string } {
  const ofCode = codes === null ? '' : `AND a.code = ANY(${codes}::text[])`;
  const withCode = codes === null ? '' : `AND last_code = ANY(${codes}::text[])`;
  return {
    name,
    text: `
      WITH found AS MATERIALIZED (
        SELECT position.seq
        FROM (
          SELECT DISTINCT a.seq FROM attempts a WHERE a.dispatch_id = $2 AND a.seq > $3 ${ofCode} ORDER BY a.seq
        ) AS position
        CROSS JOIN LATERAL (
          SELECT workspace_id, recipient, resend_of, origin_seq, state FROM messages
          WHERE dispatch_id = $2 AND seq = position.seq AND state = ANY($5::message_state[]) AND resent_in IS NULL ${withCode}
          OFFSET 0
        ) AS m
        WHERE (m.resend_of IS NULL OR (
            SELECT 1 FROM messages o
            WHERE o.workspace_id = m.workspace_id AND o.recipient = m.recipient AND o.dispatch_id = ANY($7::bigint[])
              AND o.dispatch_id <> $2 AND coalesce(o.origin_seq, o.seq) = m.origin_seq AND o.state IN (${TAKEN})
            LIMIT 1
          ) IS NULL)
          AND (m.state <> 'unknown' OR coalesce((
            SELECT u.since < $6 FROM unknowns u WHERE u.dispatch_id = $2 AND u.seq = position.seq LIMIT 1
          ), true))
        ORDER BY position.seq LIMIT $4
      ),
      locked AS MATERIALIZED (
        SELECT m.seq, m.state FROM unnest(ARRAY(SELECT seq FROM found)) AS f (seq)
        JOIN messages m ON m.dispatch_id = $2 AND m.seq = f.seq
        WHERE m.state = ANY($5::message_state[]) AND m.resent_in IS NULL
        ORDER BY m.seq
        FOR NO KEY UPDATE OF m
      ),
      marked AS (
        UPDATE messages m
        SET resent_in = $1, state = CASE WHEN l.state = 'unknown' THEN 'unconfirmed' ELSE l.state END
        FROM unnest(ARRAY(SELECT seq FROM locked), ARRAY(SELECT state FROM locked)) AS l (seq, state)
        WHERE m.dispatch_id = $2 AND m.seq = l.seq
        RETURNING m.workspace_id, m.dispatch_id, m.seq, l.state AS before, m.state AS after
      ),
      given_up AS (
        INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, unknown, unconfirmed)
        SELECT workspace_id, dispatch_id, 0, -count(*), count(*) FROM marked
        WHERE before <> after GROUP BY workspace_id, dispatch_id
        ON CONFLICT (dispatch_id, slot) DO UPDATE
        SET unknown = dispatch_counters.unknown + EXCLUDED.unknown,
            unconfirmed = dispatch_counters.unconfirmed + EXCLUDED.unconfirmed
      ),
      left_out AS (
        INSERT INTO resent_counters (workspace_id, dispatch_id, slot, ${COUNTER_COLUMNS})
        SELECT workspace_id, dispatch_id, 0, ${RESENT_COUNTS} FROM marked GROUP BY workspace_id, dispatch_id
        ON CONFLICT (dispatch_id, slot) DO UPDATE SET ${countersAdded('resent_counters')}
      ),
      forgotten AS (
        DELETE FROM unknowns u USING unnest(ARRAY(SELECT seq FROM marked WHERE before = 'unknown')) AS m (seq)
        WHERE u.dispatch_id = $2 AND u.seq = m.seq
      )
      SELECT (SELECT count(*)::int FROM found) AS found, (SELECT max(seq) FROM found) AS last,
             coalesce((SELECT array_agg(seq) FROM marked), '{}') AS seqs`,
  };
}

const TAKE = takeStatement('resend-take', null);
const TAKE_WITH_CODES = takeStatement('resend-take-codes', '$8');

/** The rows that were just marked, as rows to write: $1 their dispatch, $2 their numbers, $3 the channels there are. */
const SOURCE = `
  SELECT m.seq::bigint AS position, m.workspace_id, m.contact_id, m.recipient,
         CASE WHEN m.channel_id = ANY($3::uuid[]) THEN m.channel_id
              ELSE ($3::uuid[])[1 + m.seq % cardinality($3::uuid[])] END AS channel_id,
         m.variables, NULL::text AS reject, m.dispatch_id AS resend_of, coalesce(m.origin_seq, m.seq) AS origin_seq, m.content
  FROM messages m WHERE m.dispatch_id = $1::bigint AND m.seq = ANY($2::int[])`;

/** $4: the channels that ask for an open window. A template is as if all windows were; whoever has another one goes by it. */
const SOURCE_WITH_WINDOWS = `
  SELECT r.position, r.contact_id, r.recipient,
         CASE WHEN by.reaches THEN r.channel_id ELSE coalesce(talk.channels[1], r.channel_id) END AS channel_id,
         r.variables, r.reject, r.resend_of, r.origin_seq, r.content,
         NOT by.reaches AND cardinality(talk.channels) = 0 AS is_closed, NOT talk.channels @> $4::uuid[] AS is_bound
  FROM (${SOURCE}) AS r
  CROSS JOIN LATERAL (
    SELECT CASE WHEN r.content ->> 'type' = 'template' THEN $4::uuid[]
                ELSE ${openWindows({ workspace: 'r.workspace_id', recipient: 'r.recipient', channels: '$4::uuid[]' })}
           END AS channels OFFSET 0
  ) AS talk
  CROSS JOIN LATERAL (
    SELECT r.channel_id <> ALL($4::uuid[]) OR r.channel_id = ANY(talk.channels) AS reaches
  ) AS by`;

/** What the row had, or what was chosen for all of its kind. */
const OF_VARIANTS = (text: string): string => `
  SELECT again.*, (
    SELECT coalesce(m.variant, d.winner) FROM messages m, dispatches d
    WHERE m.dispatch_id = $1::bigint AND m.seq = again.position AND d.id = $1::bigint
  ) AS variant
  FROM (${text}) AS again`;

function sourceOf(chunk: ResendChunk, seqs: readonly number[]): MessageSource {
  const source = withZones(rowsOf(chunk, seqs), chunk.zones ?? null);
  return chunk.hasVariants === true
    ? { ...source, text: OF_VARIANTS(source.text), hasVariant: true }
    : source;
}

/** By the contact of now: who moved is written to by the clock of the new place. */
function withZones(source: MessageSource, look: ZoneLookUp | null): MessageSource {
  if (look === null) return source;
  const zone = look.zoneOf('k.time_zone', 'row.recipient', `$${source.values.length + 1}`);
  return {
    ...source,
    text: `
      SELECT row.*, ${zone} AS zone FROM (${source.text}) AS row
      LEFT JOIN LATERAL (SELECT time_zone FROM contacts WHERE id = row.contact_id LIMIT 1) AS k ON true`,
    values: [...source.values, look.zones],
    hasZone: true,
  };
}

function rowsOf({ source, channelIds, windowed }: ResendChunk, seqs: readonly number[]): MessageSource {
  const values = [source, seqs, channelIds];
  if (windowed.length === 0) return { text: SOURCE, values, hasOrigin: true };
  return { text: SOURCE_WITH_WINDOWS, values: [...values, windowed], hasOrigin: true, hasWindow: true };
}
