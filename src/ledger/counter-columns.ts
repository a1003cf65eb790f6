import { COUNTED_STATES } from './message-state.js';

/** The counted states as columns, for statements that write counters. */
export const COUNTER_COLUMNS = COUNTED_STATES.join(', ');

/** One column of deltas a counted state, from rows with `before` and `after`: +1 for each that came, -1 that left. */
export const COUNTER_DELTAS = COUNTED_STATES.map(
  (state) =>
    `(count(*) FILTER (WHERE after = '${state}') - count(*) FILTER (WHERE before = '${state}'))::int AS ${state}`,
).join(', ');

/** Adds what could not be inserted to the row that is there. */
export function countersAdded(table: 'dispatch_counters' | 'resent_counters'): string {
  return COUNTED_STATES.map((state) => `${state} = ${table}.${state} + EXCLUDED.${state}`).join(', ');
}

/** The sums over the slots of a dispatch, `c` being its rows. */
export const COUNTER_SUMS = COUNTED_STATES.map(
  (state) => `coalesce(sum(c.${state}), 0)::int AS ${state}`,
).join(', ');
