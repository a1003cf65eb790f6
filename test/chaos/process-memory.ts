import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Only Linux tells what a process has and had in memory. */
export const canReadMemory = existsSync('/proc/self/status');

/** What the process has in memory now. */
export function residentMb(pid: number): number {
  return read(pid, 'VmRSS');
}

/** The most that it had at any moment since it began, or since it was forgotten. */
export function peakMb(pid: number): number {
  return read(pid, 'VmHWM');
}

/** The peak begins anew at what the process has now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function read(pid: number, name: string): number {
  const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  ) ?? [undefined, '0'];
  return Math.round(Number(kilobytes) / 1024);
}
