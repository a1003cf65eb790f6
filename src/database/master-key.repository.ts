import type { Queryable } from './sql.js';

/** The fingerprint of the master key that sealed what is in this database; one row. */
export class MasterKeyRepository {
  constructor(private readonly db: Queryable) {}

  async find(): Promise<Buffer | null> {
    const [row] = await this.db.query<{ fingerprint: Buffer }>('SELECT fingerprint FROM master_key');
    return row?.fingerprint ?? null;
  }

  /** Of processes that start at once on a new database, one writes; each gets what was written. */
  async keep(fingerprint: Buffer): Promise<Buffer> {
    await this.db.query('INSERT INTO master_key (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING', [
      fingerprint,
    ]);
    return (await this.find()) ?? fingerprint;
  }
}
