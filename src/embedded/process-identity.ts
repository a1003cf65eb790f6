import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** True also for a process of another user, which we may not signal; false for one that only waits to be reaped. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) {
      return false;
    }
  }
  return !stateOf(pid)?.startsWith('Z');
}

function stateOf(pid: number): string | undefined {
  return statFieldsOf(pid)?.[0] ?? fromPs(pid, 'state=');
}

/** The words of a process's command line; undefined when it is gone or cannot be read. */
export function commandLineOf(pid: number): string | undefined {
  return fromProc(pid, 'cmdline')?.replaceAll('\0', ' ') ?? fromPs(pid, 'command=');
}

/**
 * When a process began, in whatever unit the system has: two processes that had the same pid one after the
 * other (after a reboot, or a restart of a container) differ in it.
 */
export function startMarkOf(pid: number): string | undefined {
  const fields = statFieldsOf(pid);
  return fields === undefined ? fromPs(pid, 'lstart=') : `${bootId() ?? 'unknown-boot'}/${fields[19]}`;
}

/** /proc/<pid>/stat from its third field, the state, on; the 20th of these is the start, in ticks since boot. */
function statFieldsOf(pid: number): string[] | undefined {
  const stat = fromProc(pid, 'stat');
  // The second field, the command's name in brackets, may itself hold spaces and brackets.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Of the running system; undefined where the system does not tell (it is not Linux). */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

function fromProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function fromPs(pid: number, field: string): string | undefined {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return (
      execFileSync('ps', ['-p', String(pid), '-o', field], { encoding: 'utf8', stdio }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}
