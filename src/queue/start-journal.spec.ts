import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import {
  decodeStarts,
  encodeStart,
  JOURNAL_FOLDER,
  journalsIn,
  removeJournal,
  startsOf,
} from './journal-file.js';
import { StartJournal } from './start-journal.js';
import type { WorkerIdentity } from './worker-identity.js';

const WORKER = { id: '7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55' } as unknown as WorkerIdentity;

describe('the start journal', () => {
  let dataDir: string;
  let folder: string;
  let journal: StartJournal;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'caudal-journal-'));
    folder = join(dataDir, JOURNAL_FOLDER);
    journal = new StartJournal(WORKER, loadConfig({ CAUDAL_DATA_DIR: dataDir }));
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
    const bytes = Buffer.concat([encodeStart('1', 2, 3), encodeStart('4', 5, 6).subarray(0, 9)]);
    expect(decodeStarts(bytes)).toEqual(new Set(['1:2:3']));
  });

  it('keeps a part until every call that began in it is settled, and drops it then', () => {
    const first = journal.note('1', 1, 1);
    const others = Array.from({ length: 120_000 }, (_, i) => journal.note('1', i + 2, 1));
    for (const settled of others) settled();
    expect(startsOf(folder, WORKER.id).has('1:1:1')).toBe(true);
    expect(readdirSync(folder).filter((file) => file.endsWith('.starts'))).toHaveLength(2);
    first();
    expect(startsOf(folder, WORKER.id).has('1:1:1')).toBe(false);
  });

  it('goes away at the end when everything is settled, and stays when something is not', () => {
    const settled = journal.note('1', 1, 1);
    journal.onApplicationShutdown();
    expect(journalsIn(folder)).toHaveLength(1);
    settled();
    journal.onApplicationShutdown();
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
