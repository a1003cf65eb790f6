import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedLog } from './embedded-log.js';
import { commandLineOf, isAlive } from './process-identity.js';

export interface OrphanTraces {
  pidFile: string;
  /** Found in the command line of the server that wrote the pid file, and in no other. */
  commandLineHolds: string;
  stopSignal: 'SIGINT' | 'SIGTERM';
}

const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 20;

/**
 * A server on this directory whose Caudal was killed a moment ago may still be writing its last pages. Waits
 * for its end; the caller holds the lock of the directory, so nobody can be using it. A pid file whose process
 * is gone, or is another program by now, is removed: Postgres itself only looks whether the pid is taken.
 */
export async function waitForOrphan(traces: OrphanTraces, log: EmbeddedLog): Promise<void> {
  const pid = pidIn(traces.pidFile);
  if (pid === undefined) {
    return;
  }
  if (isServer(pid, traces)) {
    log('Waiting for the server of an earlier run to stop', { pid });
    process.kill(pid, traces.stopSignal);
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (isServer(pid, traces)) {
      if (performance.now() > giveUpAt) {
        throw new Error(`process ${pid}, a server of an earlier run, does not stop; end it by hand`);
      }
      await delay(LOOK_AGAIN_MS);
    }
  }
  rmSync(traces.pidFile, { force: true });
}

function isServer(pid: number, traces: OrphanTraces): boolean {
  return isAlive(pid) && (commandLineOf(pid)?.includes(traces.commandLineHolds) ?? false);
}

function pidIn(path: string): number | undefined {
  if (!existsSync(path)) {
    return undefined;
  }
  const pid = Number(readFileSync(path, 'utf8').split('\n')[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}
