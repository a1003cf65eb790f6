import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';
import type { MessageState } from './message-state.js';
import { suppressionsThatStop, type MessageCategory } from './suppression.js';
import { recipientHash, SuppressionRepository } from './suppression.repository.js';

/**
 * Where the rows of a chunk come from: a SELECT that yields
 * `position bigint, contact_id bigint, recipient text, channel_id uuid, variables jsonb, reject text`
 * (reject: why the row cannot be sent, or null). Its parameters are numbered from $1.
 */
export interface MessageSource {
  readonly text: string;
  readonly values: readonly unknown[];
  /** It yields `is_sticky boolean` too: whether the recipient knows this channel. Else nobody is said to. */
  readonly hasSticky?: boolean;
  /**
   * It yields `is_closed boolean, is_bound boolean` too: whether the recipient's window is closed, who is skipped then, and
   * whether the row must leave by its own channel.
   */
  readonly hasWindow?: boolean;
  /** No recipient that can be sent comes twice, in this chunk or in any other of the dispatch: none is looked for. */
  readonly isUnique?: boolean;
  /** It yields `resend_of bigint, origin_seq int, content jsonb` too: its rows try others again, each of them once. */
  readonly hasOrigin?: boolean;
  /** It yields `zone text` too: by whose clock the row may be sent, null where that is the workspace's. */
  readonly hasZone?: boolean;
  /** It yields `variant smallint` too: which of the contents of the dispatch the row gets. */
  readonly hasVariant?: boolean;
}

export interface DispatchToFill {
  readonly id: string;
  readonly workspaceId: string;
  readonly category: MessageCategory;
  /**
   * Of a dispatch with stages, their ends (DispatchStages), for each of its chunks. Who comes into which stage of a chunk
   * is drawn by a hash.
   */
  readonly stageEnds?: readonly number[];
  /** Of one with stages whose rows have variants: those of the last stage have none, for one is chosen for them all. */
  readonly choosesLast?: boolean;
}

export interface Appended {
  /** Rows written, the skipped ones among them. */
  readonly rows: number;
  readonly skipped: number;
  /** Highest position taken, where the next chunk goes on; null when the source was empty. */
  readonly lastPosition: string | null;
}

/** Adds messages to a dispatch, a chunk at a time, each chunk with its batches and counters in one transaction. */
@Injectable()
export class MessageWriter {
  constructor(private readonly suppressions: SuppressionRepository) {}

  /**
   * Set-based from source to rows: nothing passes through this process, so memory does not grow with the audience and
   * 20,000 rows take one statement. Numbers run on from the dispatch's total, grouped by channel and by who knows it, so
   * that a batch is a range of numbers that may move to another channel together. Suppressed recipients, and those that
   * the dispatch already has, become skipped, the others what `rowState` says. Where windows decide, most are skipped:
   * these lie in batches of their own, which nobody has to lease.
   * Both are looked up one by one (LATERAL with LIMIT), and the dispatch of the second comes from `target`: as EXISTS
   * with a parameter, all that the dispatch has so far was read and hashed for each chunk.
   */
  async append(
    tx: Queryable,
    dispatch: DispatchToFill,
    source: MessageSource,
    batchSize: number,
    rowState: keyof typeof NEW_ROWS = 'pending',
  ): Promise<Appended> {
    const next = source.values.length;
    const p = (offset: number): string => `$${next + offset}`;
    const [row] = await tx.query<{ rows: number; skipped: number; last: string | null }>(
      appendStatement(source, p, NEW_ROWS[rowState], dispatch),
      [
        ...source.values,
        dispatch.id,
        dispatch.workspaceId,
        this.suppressions.pepper,
        suppressionsThatStop(dispatch.category),
        batchSize,
        ...(dispatch.stageEnds === undefined ? [] : [dispatch.stageEnds]),
      ],
    );
    return { rows: row!.rows, skipped: row!.skipped, lastPosition: row!.last };
  }
}

interface NewRows {
  readonly state: MessageState;
  /** Of rows that are skipped, the reason; `skip` is null in the others. */
  readonly code: string;
  readonly batchState: 'ready' | 'done';
  /** How many of a chunk are counted as cancelled; of its `rows`, `skipped` are skipped. */
  readonly cancelled: string;
}

/** What becomes of the rows that could be sent. Behind a stop they are born cancelled, and no worker has to come by. */
const NEW_ROWS = {
  pending: { state: 'pending', code: 'skip', batchState: 'ready', cancelled: '0' },
  cancelled: {
    state: 'cancelled',
    code: `coalesce(skip, 'stopped')`,
    batchState: 'done',
    cancelled: 'rows - skipped',
  },
} as const satisfies Record<string, NewRows>;

function appendStatement(
  source: MessageSource,
  p: (offset: number) => string,
  born: NewRows,
  { stageEnds, choosesLast }: DispatchToFill,
): string {
  const isStaged = stageEnds !== undefined;
  const [dispatch, workspace, pepper, categories, batchSize] = [p(1), p(2), p(3), p(4), p(5)];
  const isAgain = source.hasOrigin === true;
  const origin = isAgain ? ', resend_of, origin_seq, content' : '';
  const variantColumn = source.hasVariant === true ? ', variant' : '';
  const hasTest = variantColumn !== '' && isStaged && choosesLast === true;
  const variant = hasTest
    ? `, CASE WHEN stage < cardinality(${p(6)}::bigint[]) THEN variant END`
    : variantColumn;
  const mayRepeat = !isAgain && source.isUnique !== true;
  const hasWindow = source.hasWindow === true;
  const hasZone = source.hasZone === true;
  const [zoneColumn, zoneOf] = hasZone ? [', zone', ', g.zone'] : ['', ''];
  const [stageColumn, stageOf] = isStaged ? [', stage', ', g.stage'] : ['', ''];
  const staged = isStaged ? ', staged = d.staged + tally.rows - tally.skipped' : '';
  const kind = [
    ...(isStaged ? ['stage'] : []),
    'channel_id',
    'is_sticky',
    ...(hasZone ? ['zone'] : []),
    ...(hasWindow ? ['is_bound', 'is_skipped'] : []),
  ];
  const judged = isStaged ? 'staged' : 'judged';
  const kindOf = kind.map((column) => `j.${column}`).join(', ');
  const batchState =
    born.batchState === 'ready'
      ? `CASE WHEN t.paused_channels ? g.channel_id::text THEN 'parked' ELSE 'ready' END`
      : `'${born.batchState}'`;
  const [movable, state] = hasWindow
    ? ['NOT g.is_bound', `CASE WHEN g.is_skipped THEN 'done' ELSE ${batchState} END`]
    : ['true', batchState];
  return `
    WITH target AS MATERIALIZED (
      SELECT id, total, batch_count, staged, paused_channels FROM dispatches WHERE id = ${dispatch} FOR UPDATE
    ),
    source AS MATERIALIZED (${source.hasSticky === true ? source.text : `SELECT s.*, false AS is_sticky FROM (${source.text}) AS s`}),
    ranked AS (
      SELECT s.*${mayRepeat ? ', row_number() OVER (PARTITION BY s.recipient ORDER BY s.reject IS NOT NULL, s.position) AS nth' : ''}
      FROM source s
    ),
    judged AS (
      SELECT r.*, coalesce(
        r.reject,
        CASE WHEN x.recipient_hash IS NOT NULL THEN 'suppressed' END${
          mayRepeat
            ? `,
        CASE WHEN r.nth > 1 OR known.seq IS NOT NULL THEN 'duplicate' END`
            : ''
        }${hasWindow ? `, CASE WHEN r.is_closed THEN 'window_closed' END` : ''}
      ) AS skip
      FROM ranked r
      LEFT JOIN LATERAL (
        SELECT s.recipient_hash FROM suppressions s
        WHERE s.workspace_id = ${workspace} AND s.recipient_hash = ${recipientHash('r.recipient', pepper)}
          AND s.category = ANY(${categories}::text[])
        LIMIT 1
      ) AS x ON true${mayRepeat ? knownAlready(workspace) : ''}
    ),${isStaged ? stagedRows(`${p(6)}::bigint[]`) : ''}
    numbered AS MATERIALIZED (
      SELECT j.*, t.total + row_number() OVER (ORDER BY ${kindOf}, j.position) AS seq,
             row_number() OVER (PARTITION BY ${kindOf} ORDER BY j.position) - 1 AS nth_of_group
      FROM ${hasWindow ? `(SELECT *, skip IS NOT NULL AS is_skipped FROM ${judged})` : judged} AS j, target t
    ),
    written AS (
      INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, contact_id, recipient, variables, state, last_code${origin}${variantColumn})
      SELECT ${dispatch}, seq, ${workspace}, channel_id, contact_id, recipient, variables,
             CASE WHEN skip IS NULL THEN '${born.state}' ELSE 'skipped' END::message_state, ${born.code}${origin}${variant}
      FROM numbered
      ORDER BY seq
    ),
    grouped AS (
      SELECT ${kind.join(', ')}, min(seq) AS first_seq, max(seq) AS last_seq
      FROM numbered GROUP BY ${kind.join(', ')}, nth_of_group / ${batchSize}::int
    ),
    batched AS (
      INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, sticky_to, movable, first_seq, last_seq, state${stageColumn}${zoneColumn})
      SELECT ${dispatch}, t.batch_count + row_number() OVER (ORDER BY g.first_seq), ${workspace},
             g.channel_id, CASE WHEN g.is_sticky THEN g.channel_id END, ${movable}, g.first_seq, g.last_seq, ${state}${stageOf}${zoneOf}
      FROM grouped g, target t
      RETURNING 1
    ),
    tally AS MATERIALIZED (
      SELECT count(*)::int AS rows, (count(*) FILTER (WHERE skip IS NOT NULL))::int AS skipped, max(position) AS last
      FROM numbered
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, skipped, cancelled)
      SELECT ${workspace}, ${dispatch}, 0, skipped, ${born.cancelled} FROM tally WHERE skipped + ${born.cancelled} > 0
      ON CONFLICT (dispatch_id, slot) DO UPDATE
      SET skipped = dispatch_counters.skipped + EXCLUDED.skipped,
          cancelled = dispatch_counters.cancelled + EXCLUDED.cancelled
    ),
    grown AS (
      UPDATE dispatches d
      SET total = d.total + tally.rows, batch_count = d.batch_count + (SELECT count(*) FROM batched)${staged}
      FROM tally WHERE d.id = ${dispatch}
    )
    SELECT rows, skipped, last::text FROM tally`;
}

/**
 * Counted on from the chunks before, so that a stage has as many rows to be sent as it is to have and not one more,
 * wherever chunks begin. In each chunk they are drawn: salted with the dispatch, so that the next campaign draws others.
 * Rows that are skipped are of the last stage, which waits for nobody.
 */
function stagedRows(ends: string): string {
  return `
    staged AS (
      SELECT j.*, CASE WHEN j.skip IS NULL THEN width_bucket(t.staged + row_number() OVER (
          PARTITION BY j.skip IS NULL ORDER BY hashtextextended(j.recipient, t.id), j.position
        ) - 1, ${ends}) ELSE cardinality(${ends}) END AS stage
      FROM judged AS j, target t
    ),`;
}

/** What an earlier chunk wrote for the same recipient: one descent of the index of recipients, 2 µs a row. */
function knownAlready(workspace: string): string {
  return `
      LEFT JOIN LATERAL (
        SELECT m.seq FROM messages m, target t
        WHERE m.workspace_id = ${workspace} AND m.recipient = r.recipient AND m.dispatch_id = t.id
        LIMIT 1
      ) AS known ON true`;
}
