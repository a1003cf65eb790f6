import { createDataSource } from './data-source.js';

/** "caudal" in ASCII: any number will do, so long as every process takes the same. */
const MIGRATION_LOCK = 0x63_61_75_64;

/**
 * Brings the schema up to date. Many processes may start at once: one migrates under an advisory lock, the others
 * wait for it and find nothing left to do. Returns the names of the migrations that ran.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const dataSource = createDataSource(databaseUrl);
  await dataSource.initialize();
  const holder = dataSource.createQueryRunner();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const ran = await dataSource.runMigrations({ transaction: 'each' });
    return ran.map((migration) => migration.name);
  } finally {
    await holder.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await holder.release();
    await dataSource.destroy();
  }
}
