import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { EmbeddedLog } from './embedded-log.js';
import type { PostgresBinaries } from './postgres-binaries.js';

/** How Postgres is run here: as which user, from which files, on which directory. */
export interface PostgresAccount {
  binariesRoot: string;
  /** The parent of the data directory proper; belongs to the user who runs Postgres. */
  home: string;
  command(binary: 'postgres' | 'initdb', args: readonly string[]): { command: string; args: string[] };
  uid?: number;
  gid?: number;
}

const SYSTEM_HOME = '/var/lib/caudal';
const SYSTEM_USER = 'caudal';

/**
 * Postgres refuses to run as root, and no other user can enter a clone below a mode-700 home such as /root.
 * A user namespace solves both: inside it the same files belong to an ordinary user, outside nothing changes.
 * Where the kernel or a container forbids it, binaries and data live outside the clone under a system user.
 */
export function choosePostgresAccount(
  binaries: PostgresBinaries,
  dataDir: string,
  log: EmbeddedLog,
): PostgresAccount {
  if (process.getuid?.() !== 0) {
    return { binariesRoot: binaries.root, home: dataDir, command: plainly(binaries.root) };
  }
  const mappedUid = someOrdinaryUid();
  if (mappedUid !== undefined && namespacesAllowed(mappedUid)) {
    return { binariesRoot: binaries.root, home: dataDir, command: inNamespace(binaries.root, mappedUid) };
  }
  return systemAccount(binaries, dataDir, log);
}

function plainly(root: string): PostgresAccount['command'] {
  return (binary, args) => ({ command: join(root, 'bin', binary), args: [...args] });
}

function inNamespace(root: string, uid: number): PostgresAccount['command'] {
  return (binary, args) => ({
    command: 'unshare',
    args: [...namespaceFlags(uid), '--', join(root, 'bin', binary), ...args],
  });
}

function namespaceFlags(uid: number): string[] {
  return ['--user', `--map-user=${uid}`, `--map-group=${uid}`];
}

function namespacesAllowed(uid: number): boolean {
  return spawnSync('unshare', [...namespaceFlags(uid), '--', 'true'], { stdio: 'ignore' }).status === 0;
}

/** initdb asks for the name of its user, so the namespace borrows a uid that /etc/passwd knows. */
function someOrdinaryUid(): number | undefined {
  if (!existsSync('/etc/passwd')) {
    return undefined;
  }
  const uids = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => Number(line.split(':')[2]));
  return uids.find((uid) => Number.isInteger(uid) && uid > 0);
}

function systemAccount(binaries: PostgresBinaries, dataDir: string, log: EmbeddedLog): PostgresAccount {
  const { uid, gid } = systemUser();
  mkdirSync(SYSTEM_HOME, { recursive: true });
  chmodSync(SYSTEM_HOME, 0o755);
  const binariesRoot = join(SYSTEM_HOME, `postgres-${binaries.version}`);
  if (!existsSync(binariesRoot)) {
    const incomplete = `${binariesRoot}.${process.pid}`;
    cpSync(binaries.root, incomplete, { recursive: true, verbatimSymlinks: true });
    renameSync(incomplete, binariesRoot);
  }
  const home = homeOutsideClone(dataDir);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  chownSync(home, uid, gid);
  log(
    'Postgres cannot run as root and user namespaces are not allowed here, so its data are kept elsewhere',
    {
      runsAs: SYSTEM_USER,
      dataDir: home,
      insteadOf: dataDir,
    },
  );
  return { binariesRoot, home, command: plainly(binariesRoot), uid, gid };
}

/** Where the system account keeps what belongs into this data directory: one for each, found again by its path. */
export function homeOutsideClone(dataDir: string): string {
  return join(SYSTEM_HOME, createHash('sha256').update(dataDir).digest('hex').slice(0, 12));
}

function systemUser(): { uid: number; gid: number } {
  const known = lookUpUser();
  if (known !== undefined) {
    return known;
  }
  const made = spawnSync(
    'useradd',
    [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      SYSTEM_HOME,
      '--shell',
      '/bin/false',
      SYSTEM_USER,
    ],
    { encoding: 'utf8' },
  );
  const user = lookUpUser();
  if (user === undefined) {
    throw new Error(
      `Postgres refuses to run as root, and the system user ${SYSTEM_USER} could not be made ` +
        `(${made.error?.message ?? made.stderr.trim()}). Run Caudal as another user, or set DATABASE_URL.`,
    );
  }
  return user;
}

function lookUpUser(): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${SYSTEM_USER}:`));
  if (line === undefined) {
    return undefined;
  }
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Makes a file of the calling process readable to the user who runs Postgres, and to nobody else. */
export function handOver(path: string, account: PostgresAccount): void {
  if (account.uid !== undefined && account.gid !== undefined) {
    chownSync(path, account.uid, account.gid);
  }
}
