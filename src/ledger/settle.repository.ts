import { Injectable } from '@nestjs/common';
import { intArray, textArray, timeArray } from '../database/array-literal.js';
import { isUniqueViolation } from '../database/postgres-codes.js';
import { SendSql } from '../database/pools.js';
import type { Statement } from '../database/sql.js';
import { COUNTER_SLOTS, type LeasedBatch } from './dispatch.js';
import { movesAsSqlValues } from './message-state.js';
import type { Settlement } from './settlement.js';

/**
 * Writes what calls came to: states, tries, provider ids, the trail of what was not clean, and the counters, in one
 * statement and so in one transaction. Guarded by attempt and state: a message that a webhook has already carried
 * further, or that the reaper called unknown, is moved only where the state table allows it.
 *
 * Nearly all calls are accepted, at their first attempt, and are still inflight: these are moved by a short statement
 * that locks nothing first and writes new provider ids without the two speculative steps of ON CONFLICT, for little
 * more than half of the work (200 rows: 5 µs of update a row for 9, 10 µs of id for 13). What it did not find so, all
 * of it when a provider id was there before, and every other outcome, is left to the careful one.
 *
 * The commit is asynchronous: a settle that a power cut loses leaves its rows inflight, the reaper calls them unknown,
 * and the provider's webhooks settle them again. The trail is of rows that moved, so that a settle whose commit was not
 * heard and that is written again leaves no second one.
 */
@Injectable()
export class SettleRepository {
  constructor(private readonly sql: SendSql) {}

  /**
   * Returns how many rows moved; the others had been moved by better evidence. `keep`: what the provider called them is
   * looked up by its name (`refs`), or only ever asked for with the message in hand (`receipts`).
   */
  async settle(
    batch: LeasedBatch,
    settlements: readonly Settlement[],
    keep: KeptIds = 'refs',
  ): Promise<number> {
    const clean = settlements.filter((one) => one.state === 'accepted' && one.attempt === 1);
    const others = settlements.filter((one) => one.state !== 'accepted' || one.attempt !== 1);
    let moved = 0;
    if (clean.length > 0) {
      const found = await this.settleClean(batch, clean, keep);
      moved += found;
      if (found < clean.length) others.push(...clean);
    }
    return others.length === 0 ? moved : moved + (await this.run(SETTLE, valuesOf(batch, others)));
  }

  private settleClean(batch: LeasedBatch, accepted: readonly Settlement[], keep: KeptIds): Promise<number> {
    const sorted = bySeq(accepted);
    const values = [
      batch.dispatchId,
      batch.workspaceId,
      batch.batchNo % COUNTER_SLOTS,
      intArray(sorted.map((one) => one.seq)),
      textArray(sorted.map((one) => one.providerId)),
      ...(keep === 'refs' ? [batch.channelId] : []),
    ];
    return this.run(SETTLE_CLEAN[keep], values).catch((error: unknown) => {
      // The statement as a whole did nothing.
      if (isUniqueViolation(error)) return 0;
      throw error;
    });
  }

  private async run(statement: Statement, values: readonly unknown[]): Promise<number> {
    const [row] = await this.sql.query<{ moved: number }>(statement, values);
    return row?.moved ?? 0;
  }
}

/** In the order of their rows, so that two settles never wait for each other crosswise. */
function bySeq(settlements: readonly Settlement[]): Settlement[] {
  return settlements.toSorted((a, b) => a.seq - b.seq);
}

function valuesOf(batch: LeasedBatch, settlements: readonly Settlement[]): unknown[] {
  const sorted = bySeq(settlements);
  const trails = sorted.filter((one) => one.trail !== null);
  return [
    batch.dispatchId,
    batch.workspaceId,
    batch.channelId,
    batch.batchNo % COUNTER_SLOTS,
    intArray(sorted.map((one) => one.seq)),
    intArray(sorted.map((one) => one.attempt)),
    textArray(sorted.map((one) => one.state)),
    intArray(sorted.map((one) => one.triesSpent)),
    timeArray(sorted.map((one) => one.notBeforeMs)),
    textArray(sorted.map((one) => one.providerId)),
    textArray(sorted.map((one) => one.trail?.code ?? null)),
    intArray(trails.map((one) => one.seq)),
    intArray(trails.map((one) => one.attempt)),
    textArray(trails.map((one) => one.trail!.outcome)),
    textArray(trails.map((one) => one.trail!.code)),
    textArray(trails.map((one) => one.trail!.reason)),
  ];
}

/** In each statement, before anything is written. */
const RELAXED = `relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;

/** How the provider's names of messages are kept. */
export type KeptIds = 'refs' | 'receipts';

/**
 * By their numbers as an array, which the index takes as a whole: one walk along the key for all rows. FROM relaxed
 * makes it run first.
 */
const settleClean = (keep: KeptIds, kept: string): Statement => ({
  name: `settle-clean-${keep}`,
  text: `
    WITH ${RELAXED},
    moved AS (
      UPDATE messages m
      SET state = 'accepted', not_before = NULL, last_code = NULL, accepted_at = now()
      FROM relaxed
      WHERE m.dispatch_id = $1 AND m.seq = ANY($4::int[]) AND m.attempt = 1 AND m.state = 'inflight'
      RETURNING m.seq
    ),
    kept AS (${kept}),
    tally AS MATERIALIZED (SELECT count(*)::int AS moved FROM moved),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, accepted)
      SELECT $2, $1, $3, moved FROM tally WHERE moved > 0
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET accepted = dispatch_counters.accepted + EXCLUDED.accepted
    )
    SELECT moved FROM tally`,
});

const SETTLE_CLEAN: Readonly<Record<KeptIds, Statement>> = {
  refs: settleClean(
    'refs',
    `INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
     SELECT $6::uuid, o.provider_id, $2, $1, o.seq, 1
     FROM relaxed, unnest($4::int[], $5::text[]) AS o (seq, provider_id) WHERE o.provider_id IS NOT NULL`,
  ),
  receipts: settleClean(
    'receipts',
    `INSERT INTO receipts (workspace_id, dispatch_id, first_seq, seqs, provider_ids)
     SELECT $2, $1, ($4::int[])[1], $4::int[], $5::text[] FROM relaxed`,
  ),
};

const ALLOWED = movesAsSqlValues(['accept', 'refuse', 'giveBack', 'loseTrack']);

/**
 * The dispatch is a column of `outcome`, not a parameter beside it: of a dispatch that ANALYZE has not seen, the planner
 * expects one row and would read them all.
 */
const SETTLE: Statement = {
  name: 'settle',
  text: `
    WITH ${RELAXED},
    outcome AS MATERIALIZED (
      SELECT $1::bigint AS dispatch_id, o.* FROM relaxed, unnest(
        $5::int[], $6::int[], $7::message_state[], $8::int[], $9::timestamptz[], $10::text[], $11::text[]
      ) AS o (seq, attempt, state, tries, not_before, provider_id, code)
    ),
    prior AS MATERIALIZED (
      SELECT m.seq, m.attempt, m.state
      FROM outcome o JOIN messages m ON m.dispatch_id = o.dispatch_id AND m.seq = o.seq
      WHERE m.attempt = o.attempt AND (m.state, o.state) IN (${ALLOWED})
      FOR NO KEY UPDATE OF m
    ),
    moved AS (
      UPDATE messages m
      SET state = o.state,
          tries = m.tries + o.tries,
          not_before = o.not_before,
          last_code = o.code,
          accepted_at = CASE WHEN o.state = 'accepted' THEN now() ELSE m.accepted_at END,
          failed_at = CASE WHEN o.state = 'failed' THEN now() ELSE m.failed_at END
      FROM outcome o JOIN prior p ON p.seq = o.seq AND p.attempt = o.attempt
      WHERE m.dispatch_id = o.dispatch_id AND m.seq = o.seq
      RETURNING m.seq, m.attempt, p.state AS before, m.state AS after
    ),
    refs AS (
      INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
      SELECT $3, o.provider_id, $2, $1, o.seq, o.attempt FROM outcome o WHERE o.provider_id IS NOT NULL
      ON CONFLICT DO NOTHING
    ),
    trail AS (
      INSERT INTO attempts (workspace_id, dispatch_id, seq, attempt, channel_id, source, outcome, code, reason)
      SELECT $2, $1, t.seq, t.attempt, $3::uuid, 'send', t.outcome, t.code, t.reason
      FROM unnest($12::int[], $13::int[], $14::text[], $15::text[], $16::text[]) AS t (seq, attempt, outcome, code, reason)
      WHERE (t.seq, t.attempt) IN (SELECT seq, attempt FROM moved)
    ),
    watched AS (
      INSERT INTO unknowns (dispatch_id, seq, workspace_id, channel_id, attempt)
      SELECT $1, seq, $2, $3, attempt FROM moved WHERE after = 'unknown'
      ON CONFLICT DO NOTHING
    ),
    tally AS MATERIALIZED (
      SELECT (count(*) FILTER (WHERE after = 'accepted'))::int AS accepted,
             (count(*) FILTER (WHERE after = 'failed'))::int AS failed,
             ((count(*) FILTER (WHERE after = 'unknown')) - (count(*) FILTER (WHERE before = 'unknown')))::int AS unknown,
             count(*)::int AS moved
      FROM moved
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, accepted, failed, unknown)
      SELECT $2, $1, $4, accepted, failed, unknown FROM tally WHERE accepted <> 0 OR failed <> 0 OR unknown <> 0
      ON CONFLICT (dispatch_id, slot) DO UPDATE
      SET accepted = dispatch_counters.accepted + EXCLUDED.accepted,
          failed = dispatch_counters.failed + EXCLUDED.failed,
          unknown = dispatch_counters.unknown + EXCLUDED.unknown
    )
    SELECT moved FROM tally`,
};
