import type { Queryable, Statement } from '../database/sql.js';
import { intArray, textArray } from '../database/array-literal.js';
import type { LeasedBatch } from './dispatch.js';
import type { Settlement } from './settlement.js';

/** By the key of provider_refs, once an insert has run into it. */
const TAKEN_BY_OTHERS: Statement = {
  name: 'settle-shared-ids',
  text: `
    SELECT o.seq FROM unnest($3::int[], $4::text[]) AS o (seq, provider_id)
    JOIN provider_refs r ON r.channel_id = $1 AND r.provider_id = o.provider_id
    WHERE r.dispatch_id <> $2 OR r.seq <> o.seq`,
};

const TRAIL: Settlement['trail'] = {
  outcome: 'unknown',
  code: 'shared_id',
  reason: 'The provider gave the id of another message; whether it took this one too nobody can tell.',
};

/**
 * A provider (or a cache before it) that answers two calls with one id proves of one of them only that it was taken. The
 * first keeps the id; every other is unknown, for statuses under that id would be told of the first. What this message
 * itself was called by an earlier write, whose commit was not heard, is its own.
 */
export async function withoutSharedIds(
  db: Queryable,
  batch: LeasedBatch,
  accepted: readonly Settlement[],
): Promise<{ readonly settlements: Settlement[]; readonly shared: number }> {
  const named = accepted.filter(({ providerId }) => providerId !== null);
  const rows = await db.query<{ seq: number }>(TAKEN_BY_OTHERS, [
    batch.channelId,
    batch.dispatchId,
    intArray(named.map(({ seq }) => seq)),
    textArray(named.map(({ providerId }) => providerId)),
  ]);
  const taken = new Set(rows.map(({ seq }) => seq));
  const seen = new Set<string>();
  for (const { seq, providerId } of named) {
    if (seen.has(providerId!)) taken.add(seq);
    seen.add(providerId!);
  }
  const settlements = accepted.map((one): Settlement =>
    taken.has(one.seq) ? { ...one, state: 'unknown', providerId: null, trail: TRAIL } : one,
  );
  return { settlements, shared: taken.size };
}
