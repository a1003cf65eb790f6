import { ChannelRows } from '../channels/channel-rows.repository.js';
import { SealedSettings } from '../channels/sealed-settings.js';
import { fingerprintOf, isFingerprintOf } from '../common/key-fingerprint.js';
import { Keyring } from '../common/keyring.js';
import type { ReadyConfig } from '../config/config.js';
import { MasterKeyRepository } from '../database/master-key.repository.js';
import { Sql } from '../database/sql.js';

/** The master key is not the one that sealed what is in the database. */
export class WrongMasterKeyError extends Error {
  constructor() {
    super('the master key is not the one of this database');
    this.name = 'WrongMasterKeyError';
  }
}

/**
 * Refuses a wrong master key before anything of the app is built. It would be noticed late otherwise: credentials when
 * a channel is first used, and opt-outs, which are keyed hashes, never: people who opted out would get messages.
 */
export async function checkMasterKey(config: ReadyConfig): Promise<void> {
  const sql = new Sql({
    url: config.databaseUrl,
    size: 1,
    name: 'caudal-start',
    statementTimeoutMs: 10_000,
    onError: () => undefined,
  });
  try {
    await compare(sql, new Keyring(config.masterKey));
  } finally {
    await sql.end();
  }
}

async function compare(sql: Sql, keyring: Keyring): Promise<void> {
  const repository = new MasterKeyRepository(sql);
  let kept = await repository.find();
  if (kept === null) {
    await compareWithChannels(sql, keyring);
    kept = await repository.keep(await fingerprintOf(keyring));
  }
  if (!(await isFingerprintOf(kept, keyring))) throw new WrongMasterKeyError();
}

/** A database from before there were fingerprints: one channel that opens proves the key. */
async function compareWithChannels(sql: Sql, keyring: Keyring): Promise<void> {
  const sealed = new SealedSettings(keyring);
  const channels = await new ChannelRows(sql).all();
  const opens = channels.some(({ id, workspaceId, sealedSettings }) => {
    try {
      sealed.open(sealedSettings, { workspaceId, channelId: id });
      return true;
    } catch {
      return false;
    }
  });
  if (channels.length > 0 && !opens) throw new WrongMasterKeyError();
}
