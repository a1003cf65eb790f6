import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkMasterKey, WrongMasterKeyError } from '../../src/boot/master-key.js';
import { SealedSettings } from '../../src/channels/sealed-settings.js';
import { Keyring } from '../../src/common/keyring.js';
import type { ReadyConfig } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { Sql } from '../../src/database/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const KEY = 'the master key of this database, long enough';
const OTHER = 'the master key of another database, long enough';

describe('the master key at start', () => {
  let database: TestDatabase;
  let sql: Sql;

  beforeEach(async () => {
    database = await createTestDatabase();
    sql = new Sql({
      url: database.url,
      size: 2,
      name: 'master-key-test',
      statementTimeoutMs: 5000,
      onError: () => undefined,
    });
  });

  afterEach(async () => {
    await sql.end();
    await database.drop();
  });

  const startWith = (masterKey: string): Promise<void> =>
    checkMasterKey({ ...loadConfig({}), databaseUrl: database.url, masterKey } as ReadyConfig);

  const fingerprints = () => sql.query<{ fingerprint: Buffer }>('SELECT fingerprint FROM master_key');

  /** A channel of a database that was made before fingerprints were kept. */
  async function sealChannel(masterKey: string): Promise<void> {
    const [workspace] = await sql.query<{ id: string }>(
      `INSERT INTO workspaces (name) VALUES ('Main') RETURNING id`,
    );
    const owner = { workspaceId: workspace!.id, channelId: randomUUID() };
    await sql.query(
      `INSERT INTO channels (id, workspace_id, name, provider, sealed_settings) VALUES ($1, $2, 'ventas', 'simulator', $3)`,
      [owner.channelId, owner.workspaceId, new SealedSettings(new Keyring(masterKey)).seal({}, owner)],
    );
  }

  it('is remembered at the first one, and is right at each after it', async () => {
    await startWith(KEY);
    const [first] = await fingerprints();
    await startWith(KEY);
    expect(await fingerprints()).toEqual([first]);
    expect(first!.fingerprint.includes(KEY.slice(0, 8))).toBe(false);
  });

  it('refuses another one, again and again, and leaves the right one valid', async () => {
    await startWith(KEY);
    await expect(startWith(OTHER)).rejects.toThrow(WrongMasterKeyError);
    await expect(startWith(OTHER)).rejects.toThrow(WrongMasterKeyError);
    await startWith(KEY);
  });

  it('is the same for processes that start at once, and of two different ones one is refused', async () => {
    await Promise.all([startWith(KEY), startWith(KEY), startWith(KEY)]);
    await sql.query('DELETE FROM master_key');
    const ends = await Promise.allSettled([startWith(KEY), startWith(OTHER)]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await fingerprints()).toHaveLength(1);
  });

  it('must open a channel where the database is older than its fingerprint', async () => {
    await sealChannel(KEY);
    await expect(startWith(OTHER)).rejects.toThrow(WrongMasterKeyError);
    expect(await fingerprints()).toEqual([]);
    await startWith(KEY);
    await expect(startWith(OTHER)).rejects.toThrow(WrongMasterKeyError);
  });
});
