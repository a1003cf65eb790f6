import type { Queryable } from '../../src/database/sql.js';
import type { Stack } from '../support/stack.js';

/**
 * What a person does in psql and a program of theirs may do: opens a transaction, and leaves it open for as long as
 * `meanwhile` takes. Nothing ends it, and Postgres never chooses it as the victim of a deadlock.
 */
export function inOpenTransaction<T>(stack: Stack, meanwhile: (psql: Queryable) => Promise<T>): Promise<T> {
  return stack.ledger.sql.withClient(async (client) => {
    await client.query('BEGIN');
    for (const limit of ['statement', 'lock', 'idle_in_transaction_session'])
      await client.query(`SET LOCAL ${limit}_timeout = 0`);
    await client.query(`SET LOCAL deadlock_timeout = '10min'`);
    const psql: Queryable = {
      query: async <Row>(text: unknown, values: readonly unknown[] = []) =>
        (await client.query(text as string, values as unknown[])).rows as Row[],
    };
    try {
      return await meanwhile(psql);
    } finally {
      await client.query('ROLLBACK');
    }
  });
}
