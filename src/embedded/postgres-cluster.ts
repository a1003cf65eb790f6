import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { handOver } from './postgres-account.js';
import type { PostgresAccount } from './postgres-account.js';
import type { PostgresBinaries } from './postgres-binaries.js';

export const SUPERUSER = 'caudal';

/**
 * Makes the cluster at the first start. initdb works beside the final place and the result is renamed, so that
 * a start cut short never leaves half a cluster under the name of a whole one.
 */
export function ensureCluster(
  account: PostgresAccount,
  binaries: PostgresBinaries,
  password: string,
  durable: boolean,
): string {
  const cluster = join(account.home, 'postgres');
  if (existsSync(cluster)) {
    refuseOtherVersion(cluster, binaries);
    return cluster;
  }
  const incomplete = `${cluster}.incomplete`;
  rmSync(incomplete, { recursive: true, force: true });
  const passwordFile = `${cluster}.initial-password`;
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  try {
    handOver(passwordFile, account);
    runInitdb(account, incomplete, passwordFile, durable);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(incomplete, cluster);
  return cluster;
}

function runInitdb(account: PostgresAccount, cluster: string, passwordFile: string, durable: boolean): void {
  const { command, args } = account.command('initdb', [
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Neither the system's locales nor its ICU: the order of indexes must not change with an upgrade of it.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(durable ? [] : ['--no-sync']),
  ]);
  const result = spawnSync(command, args, { encoding: 'utf8', cwd: '/', uid: account.uid, gid: account.gid });
  if (result.status !== 0) {
    throw new Error(`initdb failed: ${result.error?.message ?? result.stderr.trim()}`);
  }
}

function refuseOtherVersion(cluster: string, binaries: PostgresBinaries): void {
  const written = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (written !== binaries.majorVersion) {
    throw new Error(
      `${cluster} was written by Postgres ${written} and this Caudal carries ${binaries.majorVersion}. Dump it ` +
        'with the Caudal that wrote it and load the dump into a new directory, or set DATABASE_URL.',
    );
  }
}
