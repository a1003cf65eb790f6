import { Injectable } from '@nestjs/common';
import { intArray, textArray, timeArray } from '../database/array-literal.js';
import { Sql, type Statement } from '../database/sql.js';
import { COUNTER_SLOTS, type LeasedBatch } from './dispatch.js';
import { movesAsSqlValues } from './message-state.js';
import type { Settlement } from './settlement.js';

/**
 * Writes what calls came to: states, tries, provider ids, the trail of what was not clean, and the counters, in one
 * statement and so in one transaction. Guarded by attempt and state: a message that a webhook has already carried
 * further, or that the reaper called unknown, is moved only where the state table allows it.
 *
 * Two forms of one statement. Nearly always all rows are still inflight and all provider ids are new: then one pass
 * moves them without locking them first, and the ids go in without the speculative two steps of ON CONFLICT, for a third
 * less work. What that pass did not find inflight, or a provider id that was there before, is left to the careful form.
 *
 * The commit is asynchronous: a settle that a power cut loses leaves its rows inflight, the reaper calls them unknown,
 * and the provider's webhooks settle them again. One message costs one row update, one insert and 1/k of a statement.
 * The dispatch is a column of `outcome`, not a parameter beside it: of a dispatch that ANALYZE has not seen, the planner
 * expects one row and would read them all. The trail is of rows that moved, so that a settle whose commit was not heard
 * and that is written again leaves no second one.
 */
@Injectable()
export class SettleRepository {
  constructor(private readonly sql: Sql) {}

  /** Returns how many rows moved; the others had been moved by better evidence. */
  async settle(batch: LeasedBatch, settlements: readonly Settlement[]): Promise<number> {
    const values = valuesOf(batch, settlements);
    const moved = await this.run(SETTLE_INFLIGHT, values).catch((error: unknown) => {
      // The statement as a whole did nothing.
      if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
      return 0;
    });
    return moved === settlements.length ? moved : moved + (await this.run(SETTLE_ANY, values));
  }

  private async run(statement: Statement, values: readonly unknown[]): Promise<number> {
    const [row] = await this.sql.query<{ moved: number }>(statement, values);
    return row?.moved ?? 0;
  }
}

const UNIQUE_VIOLATION = '23505';

/** In the order of their rows, so that two settles never wait for each other crosswise. */
function valuesOf(batch: LeasedBatch, settlements: readonly Settlement[]): unknown[] {
  const sorted = settlements.toSorted((a, b) => a.seq - b.seq);
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

const ALLOWED = movesAsSqlValues(['accept', 'refuse', 'giveBack', 'loseTrack']);

/** What a message becomes, whichever form finds it. */
const MOVE = `
          state = o.state,
          tries = m.tries + o.tries,
          not_before = o.not_before,
          last_code = o.code,
          accepted_at = CASE WHEN o.state = 'accepted' THEN now() ELSE m.accepted_at END,
          failed_at = CASE WHEN o.state = 'failed' THEN now() ELSE m.failed_at END`;

const MOVED_FROM_INFLIGHT = `
    moved AS (
      UPDATE messages m
      SET ${MOVE}
      FROM outcome o
      WHERE m.dispatch_id = o.dispatch_id AND m.seq = o.seq AND m.attempt = o.attempt AND m.state = 'inflight'
        AND (m.state, o.state) IN (${ALLOWED})
      RETURNING m.seq, m.attempt, 'inflight'::message_state AS before, m.state AS after
    )`;

const MOVED_FROM_ANY = `
    prior AS MATERIALIZED (
      SELECT m.seq, m.attempt, m.state
      FROM outcome o JOIN messages m ON m.dispatch_id = o.dispatch_id AND m.seq = o.seq
      WHERE m.attempt = o.attempt AND (m.state, o.state) IN (${ALLOWED})
      FOR NO KEY UPDATE OF m
    ),
    moved AS (
      UPDATE messages m
      SET ${MOVE}
      FROM outcome o JOIN prior p ON p.seq = o.seq AND p.attempt = o.attempt
      WHERE m.dispatch_id = o.dispatch_id AND m.seq = o.seq
      RETURNING m.seq, m.attempt, p.state AS before, m.state AS after
    )`;

const SETTLE_INFLIGHT = settleStatement('settle', MOVED_FROM_INFLIGHT, '');
const SETTLE_ANY = settleStatement('settle-any', MOVED_FROM_ANY, 'ON CONFLICT DO NOTHING');

function settleStatement(name: string, moved: string, onConflict: string): Statement {
  return {
    name,
    text: `
    WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
    outcome AS MATERIALIZED (
      SELECT $1::bigint AS dispatch_id, o.* FROM relaxed, unnest(
        $5::int[], $6::int[], $7::message_state[], $8::int[], $9::timestamptz[], $10::text[], $11::text[]
      ) AS o (seq, attempt, state, tries, not_before, provider_id, code)
    ),
    ${moved.trim()},
    refs AS (
      INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
      SELECT $3, o.provider_id, $2, $1, o.seq, o.attempt FROM outcome o WHERE o.provider_id IS NOT NULL
      ${onConflict}
    ),
    trail AS (
      INSERT INTO attempts (workspace_id, dispatch_id, seq, attempt, source, outcome, code, reason)
      SELECT $2, $1, t.seq, t.attempt, 'send', t.outcome, t.code, t.reason
      FROM unnest($12::int[], $13::int[], $14::text[], $15::text[], $16::text[]) AS t (seq, attempt, outcome, code, reason)
      WHERE (t.seq, t.attempt) IN (SELECT seq, attempt FROM moved)
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
}
