import { cpus, totalmem } from 'node:os';
import { createRequire } from 'node:module';

const GIB = 1024 ** 3;

/** The machine and the versions that a figure belongs to. */
export function machine(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const versionOf = (name: string): string =>
    (require(`${name}/package.json`) as { version: string }).version;
  return {
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / GIB)} GiB`,
    node: process.version,
    undici: versionOf('undici'),
    bull: versionOf('bull'),
  };
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
