import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import type { ApiClient } from './api-client.js';
import { messyCsv, type MessyCounts } from './messy-csv.js';
import { HOME_COUNTRY } from './messy-numbers.js';
import { count } from './progress-line.js';
import type { Screen } from './screen.js';

const LOOK_AGAIN_MS = 250;
const LINES_A_WRITE = 2000;

interface ImportState {
  readonly id: string;
  readonly status: 'running' | 'done' | 'failed' | 'cancelled';
  readonly rows: { read: number; created: number; updated: number; unchanged: number; failed: number };
  readonly bytes: { read: number; total: number };
  readonly error?: string;
}

interface Reject {
  readonly row: string;
  readonly column: string;
  readonly value: string;
  readonly reason: string;
}

export interface ListToWrite {
  readonly contacts: number;
  readonly seed: number;
  readonly directory: string;
}

/** Writes the list and brings it in; throws when what came in is not what the list holds. */
export async function importList(
  api: ApiClient,
  screen: Screen,
  list: ListToWrite,
  signal: AbortSignal,
): Promise<void> {
  const file = join(list.directory, 'contactos.csv');
  const written = await writeList(file, list);
  screen.line(
    `  ${file}: ${count(written.contacts)} people, ${count(written.duplicates)} of them twice, ` +
      `${count(written.badNumbers)} bad numbers (seed ${list.seed})`,
  );
  const startedMs = performance.now();
  const { id } = await api.upload<{ id: string }>('/api/contacts/imports', file, {
    defaultCountry: HOME_COUNTRY,
  });
  const done = await watch(api, screen, id, signal);
  const seconds = (performance.now() - startedMs) / 1000;
  const { created, failed } = done.rows;
  screen.line(
    `  ${count(created)} contacts created, ${count(failed)} rows rejected, in ${seconds.toFixed(1)} s`,
  );
  await showReject(api, screen, id);
  compare(done, written);
}

/** Returns what the file holds; a million rows are written without being kept. */
async function writeList(file: string, { contacts, seed }: ListToWrite): Promise<MessyCounts> {
  const stream = createWriteStream(file, { mode: 0o600 });
  const csv = messyCsv(contacts, seed);
  let lines: string[] = [];
  for (;;) {
    const step = csv.next();
    if (step.done !== true) lines.push(step.value);
    if (step.done === true || lines.length === LINES_A_WRITE) {
      if (!stream.write(lines.join(''))) await once(stream, 'drain');
      lines = [];
    }
    if (step.done !== true) continue;
    stream.end();
    await once(stream, 'close');
    return step.value;
  }
}

async function watch(api: ApiClient, screen: Screen, id: string, signal: AbortSignal): Promise<ImportState> {
  for (;;) {
    const state = await api.get<ImportState>(`/api/contacts/imports/${id}`);
    const { read, failed } = state.rows;
    const { bytes } = state;
    screen.progress({
      label: 'Importing',
      done: bytes.read,
      total: bytes.total,
      figures: { rows: read, rejected: failed },
    });
    if (state.status !== 'running') {
      screen.endProgress();
      if (state.status === 'done') return state;
      throw new Error(`the import is ${state.status}: ${state.error ?? 'without a reason'}`);
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}

async function showReject(api: ApiClient, screen: Screen, id: string): Promise<void> {
  const text = await api.text(`/api/contacts/imports/${id}/errors.csv`);
  const [first] = parse<Reject>(text, { columns: true, bom: true, to: 1 });
  if (first === undefined) return;
  // Cells that a spreadsheet would take for a formula have an apostrophe before them.
  const value = first.value.replace(/^'/, '');
  screen.line(`  one of errors.csv: row ${first.row}, ${first.column} "${value}": ${first.reason}`);
}

/** A second spelling of a number is rejected with the row of the first. */
function compare({ rows }: ImportState, written: MessyCounts): void {
  const expected = { created: written.contacts, failed: written.duplicates + written.badNumbers };
  const sum = rows.created + rows.updated + rows.unchanged + rows.failed;
  const isExact = rows.created === expected.created && rows.failed === expected.failed && sum === rows.read;
  if (isExact && rows.read === expected.created + expected.failed) return;
  throw new Error(
    `the import does not add up: the file has ${expected.created} people and ${expected.failed} rows to reject, ` +
      `the import says ${JSON.stringify(rows)}`,
  );
}
