import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Linux counts in ticks of 10 ms. */
const TICK_MS = 10;

/** CPU time of a process so far, with that of the children that it has already buried. */
export function cpuMsOf(pid: number): number {
  return (
    fieldsOf(pid)
      .slice(11, 15)
      .reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MS
  );
}

/** The same for a process and all of its living children, as Postgres has one a connection. */
export function cpuMsOfFamily(pid: number): number {
  const children = readdirSync('/proc').filter(
    (entry) => /^\d+$/.test(entry) && parentOf(Number(entry)) === pid,
  );
  return cpuMsOf(pid) + children.reduce((sum, child) => sum + cpuMsOf(Number(child)), 0);
}

/** The server process of an embedded Postgres. */
export function postmasterPid(directory: string): number {
  return Number(readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

function parentOf(pid: number): number {
  try {
    return Number(fieldsOf(pid)[1]);
  } catch {
    return -1;
  }
}

/** From the third field on, the state; the name before it may hold spaces and brackets. */
function fieldsOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
