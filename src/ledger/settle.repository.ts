import { Injectable, Logger, Optional } from '@nestjs/common';
import { intArray, textArray } from '../database/array-literal.js';
import { isUniqueViolation } from '../database/postgres-codes.js';
import { SendSql } from '../database/pools.js';
import type { Statement } from '../database/sql.js';
import { EventInterest } from '../events/event-interest.js';
import { COUNTER_SLOTS, type LeasedBatch } from './dispatch.js';
import { SETTLE, SETTLE_CLEAN, type KeptIds, type Telling, type Watching } from './settle.statements.js';
import type { Settlement } from './settlement.js';
import { withoutSharedIds } from './shared-ids.js';

/**
 * Writes what calls came to: states, tries, provider ids, the trail of what was not clean, and the counters, in one
 * statement and so in one transaction. Guarded by attempt and state: a message that a webhook has already carried
 * further, or that the reaper called unknown, is moved only where the state table allows it.
 *
 * Nearly all calls are accepted, at their first attempt, and are still inflight: these are moved by a short statement
 * that locks nothing first and writes new provider ids without the two speculative steps of ON CONFLICT, for little
 * more than half of the work (200 rows: 5 µs of update a row for 9, 10 µs of id for 13). What it did not find so, all
 * of it when a provider id was there before (shared-ids.ts looks whose), and every other outcome, is left to the
 * careful one.
 *
 * The commit is asynchronous: a settle that a power cut loses leaves its rows inflight, the reaper calls them unknown,
 * and the provider's webhooks settle them again. The trail is of rows that moved, so that a settle whose commit was not
 * heard and that is written again leaves no second one.
 *
 * Where a subscription asks for events of messages, each statement has a longer twin that also writes these, of the rows
 * that moved; everywhere else the statements are what they would be without.
 */
@Injectable()
export class SettleRepository {
  private readonly logger = new Logger('Ledger');

  constructor(
    private readonly sql: SendSql,
    @Optional() private readonly interest?: EventInterest,
  ) {}

  /**
   * Returns how many rows moved; the others had been moved by better evidence. `keep`: what the provider called them is
   * looked up by its name (`refs`), or only ever asked for with the message in hand (`receipts`). `watching`: by the
   * policy of the dispatch; where a limit of failures is crossed, its gate is closed when this returns.
   */
  async settle(
    batch: LeasedBatch,
    settlements: readonly Settlement[],
    keep: KeptIds = 'refs',
    watching: Watching = 'unwatched',
  ): Promise<number> {
    const isInOne = watching === 'watched' && settlements.some(isFailure);
    const clean = isInOne ? [] : settlements.filter(isClean);
    const others = isInOne ? [...settlements] : settlements.filter((one) => !isClean(one));
    const telling: Telling = this.interest?.inMessages(batch.workspaceId) === true ? 'told' : 'silent';
    let moved = 0;
    if (clean.length > 0) {
      const found = await this.settleClean(batch, clean, SETTLE_CLEAN[watching][telling], keep);
      moved += found ?? 0;
      if (found === null) others.push(...(await this.withOwnIds(batch, clean)));
      else if (found < clean.length) others.push(...clean);
    }
    if (others.length === 0) return moved;
    return moved + (await this.run(SETTLE[watching][telling], valuesOf(batch, others)));
  }

  private async withOwnIds(batch: LeasedBatch, accepted: readonly Settlement[]): Promise<Settlement[]> {
    const { settlements, shared } = await withoutSharedIds(this.sql, batch, accepted);
    if (shared > 0) {
      this.logger.error(
        `the provider of channel ${batch.channelId} gave ${shared} messages the ids of others: they are unknown ` +
          `(shared_id); look what stands between Caudal and the provider, and answers in its stead`,
        { channelId: batch.channelId, dispatchId: batch.dispatchId },
      );
    }
    return settlements;
  }

  /** Null where a provider id was there before. */
  private settleClean(
    batch: LeasedBatch,
    accepted: readonly Settlement[],
    statements: Readonly<Record<KeptIds, Statement>>,
    keep: KeptIds,
  ): Promise<number | null> {
    const sorted = bySeq(accepted);
    const values = [
      batch.dispatchId,
      batch.workspaceId,
      batch.batchNo % COUNTER_SLOTS,
      intArray(sorted.map((one) => one.seq)),
      textArray(sorted.map((one) => one.providerId)),
      ...(keep === 'refs' ? [batch.channelId] : []),
    ];
    return this.run(statements[keep], values).catch((error: unknown) => {
      // The statement as a whole did nothing.
      if (isUniqueViolation(error)) return null;
      throw error;
    });
  }

  private async run(statement: Statement, values: readonly unknown[]): Promise<number> {
    const [row] = await this.sql.query<{ moved: number }>(statement, values);
    return row?.moved ?? 0;
  }
}

function isClean({ state, attempt }: Settlement): boolean {
  return state === 'accepted' && attempt === 1;
}

/** Where they are counted, all of a group go one way: acceptances first, and its failures would look like a series. */
function isFailure({ state }: Settlement): boolean {
  return state === 'failed' || state === 'unknown';
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
    intArray(sorted.map((one) => one.againInMs)),
    textArray(sorted.map((one) => one.providerId)),
    textArray(sorted.map((one) => one.trail?.code ?? null)),
    intArray(trails.map((one) => one.seq)),
    intArray(trails.map((one) => one.attempt)),
    textArray(trails.map((one) => one.trail!.outcome)),
    textArray(trails.map((one) => one.trail!.code)),
    textArray(trails.map((one) => one.trail!.reason)),
  ];
}
