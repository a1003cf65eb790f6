import { createTestDatabase } from '../support/database.js';
import type { StackServices } from '../support/stack.js';

/** For specs that hurt their Redis: it is theirs, and the database is one of those on the Postgres of all specs. */
export async function servicesOn(redis: { readonly url: string }): Promise<StackServices> {
  const database = await createTestDatabase();
  return {
    databaseUrl: database.url,
    redisUrl: redis.url,
    redisPrefix: 'caudal',
    release: () => database.drop(),
  };
}
