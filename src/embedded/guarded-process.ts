import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { isAlive } from './process-identity.js';

/**
 * A server that must not outlive us, however we end.
 *
 * It runs under a small shell that holds the read end of a pipe from this process. When the pipe closes,
 * because we asked for a stop or because we were killed, the shell sends the server its stop signal and waits
 * for it. Both ways to end are thus the same way. The shell leads a session of its own: Ctrl-C in a terminal
 * reaches Caudal only, which still needs its servers while it finishes what is in flight.
 */
const GUARD = `
  stop_signal=$1; shift
  LC_ALL=C TZ=UTC; export LC_ALL TZ
  unset LC_MESSAGES LANG
  exec 3<&0
  "$@" 3<&- </dev/null >&2 &
  server=$!
  echo "$server"
  { read -r _ <&3; kill -s "$stop_signal" "$server" 2>/dev/null; } >/dev/null &
  watcher=$!
  exec 3<&- >/dev/null
  wait "$server"
  status=$?
  kill "$watcher" 2>/dev/null
  exit "$status"
`;

export interface GuardedProcess {
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason, to its exit status. */
  readonly ended: Promise<number>;
  /** Sends the stop signal and waits; after `patienceMs` the server is killed. */
  stop(patienceMs: number): Promise<void>;
}

export interface GuardedCommand {
  command: string;
  args: readonly string[];
  stopSignal: 'INT' | 'TERM';
  /** Takes what the server writes to its standard outputs. */
  logFile: string;
  uid?: number;
  gid?: number;
}

export async function startGuarded(options: GuardedCommand): Promise<GuardedProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  const guard = spawn(
    '/bin/sh',
    ['-c', GUARD, 'guard', options.stopSignal, options.command, ...options.args],
    {
      stdio: ['pipe', 'pipe', log],
      cwd: '/',
      detached: true,
      uid: options.uid,
      gid: options.gid,
    },
  ) as ChildProcessByStdio<Writable, Readable, null>;
  closeSync(log);
  // A guard that is gone makes the pipe an error; `ended` says so already.
  guard.stdin.on('error', () => undefined);

  const ended = new Promise<number>((resolve, reject) => {
    guard.once('error', reject);
    guard.once('exit', (code) => {
      guard.stdin.destroy();
      resolve(code ?? -1);
    });
  });
  const pid = await Promise.race([readPid(guard.stdout), ended.then(() => undefined)]);
  if (pid === undefined) {
    throw new Error(`${options.command} could not be started, see ${options.logFile}`);
  }

  return {
    pid,
    ended,
    async stop(patienceMs) {
      guard.stdin.end();
      const impatience = setTimeout(() => killIfAlive(pid), patienceMs);
      await ended;
      clearTimeout(impatience);
    },
  };
}

async function readPid(stdout: Readable): Promise<number> {
  const [chunk] = (await once(stdout, 'data')) as [Buffer];
  stdout.resume();
  return Number(chunk.toString().trim());
}

function killIfAlive(pid: number): void {
  if (isAlive(pid)) {
    process.kill(pid, 'SIGKILL');
  }
}
