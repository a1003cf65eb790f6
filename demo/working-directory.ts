import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { homeOutsideClone } from '../src/embedded/postgres-account.js';

/** The clone, from dist/demo. */
const ROOT = join(import.meta.dirname, '../..');

/** All that one run of the demo writes: databases, keys, the CSV, the log of the server. */
export async function makeWorkingDirectory(): Promise<string> {
  const parent = join(ROOT, '.caudal');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  return mkdtemp(join(parent, 'demo-'));
}

export function dataDirIn(directory: string): string {
  return join(directory, 'data');
}

export async function removeWorkingDirectory(directory: string): Promise<void> {
  await rm(homeOutsideClone(dataDirIn(directory)), { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
}
