import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import {
  decodeStarts,
  JOURNAL_FOLDER,
  journalsIn,
  removeJournal,
  StartNote,
  startsOf,
} from './journal-file.js';
import { StartJournal } from './start-journal.js';
import type { WorkerIdentity } from './worker-identity.js';

const WORKER = { id: '7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55' } as unknown as WorkerIdentity;

const KEPT_MS = 200;

describe('the start journal', () => {
  let dataDir: string;
  let folder: string;
  let journal: StartJournal;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'caudal-journal-'));
    folder = join(dataDir, JOURNAL_FOLDER);
    journal = new StartJournal(WORKER, loadConfig({ CAUDAL_DATA_DIR: dataDir }), KEPT_MS);
  });

  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('can be read by another process the moment a start was noted', () => {
    journal.note('9007199254740993', 7, 2);
    expect(startsOf(folder, WORKER.id)).toEqual(new Set(['9007199254740993:7:2']));
    expect(journalsIn(folder)).toEqual([
      { workerId: WORKER.id, owner: expect.objectContaining({ pid: process.pid }) },
    ]);
  });

  it('leaves out a start that was cut off in the middle: its call had not begun', () => {
    const bytes = Buffer.concat([
      new StartNote().set('1', 2, 3),
      new StartNote().set('4', 5, 6).subarray(0, 9),
    ]);
    expect(decodeStarts(bytes)).toEqual(new Set(['1:2:3']));
  });

  it('keeps a part until every call that began in it is settled, and a while longer', async () => {
    const first = journal.note('1', 1, 1);
    const others = Array.from({ length: 60_000 }, (_, i) => journal.note('1', i + 2, 1));
    const parts = () => readdirSync(folder).filter((file) => file.endsWith('.starts'));
    for (const settled of others) settled();
    expect(parts()).toHaveLength(2);
    first();
    // A crash of Postgres may still undo the settles that were answered last.
    expect(startsOf(folder, WORKER.id).has('1:1:1')).toBe(true);
    await expect.poll(() => parts().length).toBe(1);
    expect(startsOf(folder, WORKER.id).has('1:1:1')).toBe(false);
  });

  it('is left to the next process at the end', () => {
    journal.note('1', 1, 1)();
    journal.onApplicationShutdown();
    expect(startsOf(folder, WORKER.id).has('1:1:1')).toBe(true);
    removeJournal(folder, WORKER.id);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is given up whole when it cannot be written, so that nothing is taken for never begun', () => {
    journal.note('1', 1, 1);
    removeJournal(folder, WORKER.id);
    rmSync(folder, { recursive: true });
    // The open part still takes notes; the next part cannot be made.
    for (let i = 0; i < 50_001; i += 1) journal.note('1', i + 2, 1)();
    expect(existsSync(folder) ? journalsIn(folder) : []).toEqual([]);
  });
});
