import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Answer } from '../support/api-client.js';
import { Stack } from '../support/stack.js';
import { formOf, FORM_TYPE, type FormFile } from './multipart-form.js';
import { ProcessFootprint } from './process-footprint.js';
import { keepLogsOnFailure, SHORT_LEASES } from './scene.js';

export interface ImportState {
  readonly id: string;
  readonly status: 'running' | 'done' | 'failed' | 'cancelled';
  readonly rows: Readonly<Record<'read' | 'created' | 'updated' | 'unchanged' | 'failed', number>>;
  readonly bytes: { readonly read: number; readonly total: number };
  readonly error?: string;
}

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

const IMPORTS = '/api/contacts/imports';
const WAIT = { timeout: 120_000, interval: 20 };
const FIRST_NUMBER = 5_520_000_000;
const PROBE_NUMBERS = 5_590_000_000;

/** One process that takes files and one worker, and what is done with files over and over. */
export class InputStage {
  stack!: Stack;
  /** Of the process that takes the files. */
  front!: ProcessFootprint;
  private filesAtRest = 0;
  private socketsAtRest = 0;
  private probes = 0;
  private given = 0;

  private constructor() {}

  /** To be called in a describe: sets the stage for its tests, and clears it away behind them. */
  static set(environment: () => Record<string, string> = () => ({})): InputStage {
    const stage = new InputStage();
    beforeAll(async () => {
      stage.stack = await Stack.start({
        workers: 1,
        environment: { ...SHORT_LEASES, CAUDAL_DEFAULT_COUNTRY: 'MX', ...environment() },
      });
    });
    afterAll(() => stage.stack.stop());
    beforeEach(async () => {
      keepLogsOnFailure(stage.stack);
      await stage.stack.simulator.clearLedger();
      await stage.restAgain();
    });
    return stage;
  }

  /** To be called for a front that was started anew, too: what it holds now is what it holds at rest. */
  async restAgain(): Promise<void> {
    this.front = new ProcessFootprint(this.stack.front.pid);
    // The first import opens what stays open: connections, above all.
    await this.expectStillServing();
    await expect.poll(() => this.uploadsOpen()).toEqual([]);
    const { files, sockets } = this.descriptorCounts();
    this.filesAtRest = files;
    this.socketsAtRest = sockets;
  }

  upload<T = { id: string } & Problem>(file: FormFile, fields?: Record<string, string>): Promise<Answer<T>> {
    return this.stack.api.send<T>(IMPORTS, FORM_TYPE, formOf(file, fields));
  }

  createCampaign<T = { id: string } & Problem>(
    file: FormFile,
    fields: Record<string, string>,
  ): Promise<Answer<T>> {
    return this.stack.api.send<T>('/api/campaigns', FORM_TYPE, formOf(file, fields));
  }

  async state(importId: string): Promise<ImportState> {
    return (await this.stack.api.get<ImportState>(`${IMPORTS}/${importId}`)).body;
  }

  async ended(importId: string): Promise<ImportState> {
    await expect.poll(async () => (await this.state(importId)).status, WAIT).not.toBe('running');
    return this.state(importId);
  }

  /** Uploads what must be taken, waits for its end, and tells what came of it; the counts must add up. */
  async imported(
    file: FormFile,
    fields?: Record<string, string>,
  ): Promise<ImportState & { rejects: readonly Reject[] }> {
    const { status, body } = await this.upload(file, fields);
    expect(status, JSON.stringify(body)).toBe(202);
    const state = await this.ended(body.id);
    const { read, created, updated, unchanged, failed } = state.rows;
    expect(read).toBe(created + updated + unchanged + failed);
    const rejects = await this.stack.ledger.sql.query<Reject>(
      'SELECT row_number::int AS row, column_name AS column, value, reason FROM import_rejects WHERE import_id = $1 ORDER BY row_number',
      [body.id],
    );
    expect(rejects).toHaveLength(failed);
    expect(rejects.filter(({ reason }) => reason === '')).toEqual([]);
    return { ...state, rejects };
  }

  /** The first of numbers that no other file of the stage has. */
  newNumbers(count: number): number {
    this.given += count;
    return FIRST_NUMBER + this.given - count;
  }

  /** By a number as `newNumbers` gives it. */
  async contact(number: number): Promise<{ name: string | null; attributes: Record<string, unknown> }> {
    const [row] = await this.stack.ledger.sql.query<{
      name: string | null;
      attributes: Record<string, unknown>;
    }>('SELECT name, attributes FROM contacts WHERE recipient = $1', [`+52${number}`]);
    if (row === undefined) throw new Error(`nobody has the number ${number}`);
    return row;
  }

  /** Resident memory before and at its highest while `work` ran. */
  async memoryOf<T>(work: () => Promise<T>): Promise<{ result: T; beforeMib: number; peakMib: number }> {
    const beforeMib = this.front.residentMib;
    this.front.forgetPeak();
    const result = await work();
    return { result, beforeMib, peakMib: this.front.peakMib };
  }

  /** Files, descriptors, imports and rows that nobody will come back for: there must be none; and it serves on. */
  async expectNothingLeft(): Promise<{ 'files left': number; 'descriptors left': number }> {
    await expect.poll(() => this.uploadsLeft(), WAIT).toEqual([]);
    await expect.poll(() => this.uploadsOpen(), WAIT).toEqual([]);
    await this.expectStillServing();
    // Connections of pools come and go; what leaks, leaks once for each of a test's many.
    const mayComeAndGo = 12;
    await expect.poll(() => this.descriptorCounts().files, WAIT).toBeLessThanOrEqual(this.filesAtRest);
    await expect
      .poll(() => this.descriptorCounts().sockets, WAIT)
      .toBeLessThanOrEqual(this.socketsAtRest + mayComeAndGo);
    const [left] = await this.stack.ledger.sql.query(
      `SELECT (SELECT count(*) FROM imports WHERE status = 'running')::int AS imports,
              (SELECT count(*) FROM campaign_recipients r
               WHERE NOT EXISTS (SELECT 1 FROM campaigns c WHERE c.id = r.campaign_id))::int AS recipients`,
    );
    expect(left).toEqual({ imports: 0, recipients: 0 });
    const { files } = this.descriptorCounts();
    return { 'files left': 0, 'descriptors left': Math.max(0, files - this.filesAtRest) };
  }

  /** Prototypes, pools and parsers are as they were: an ordinary import and an ordinary list still work. */
  async expectStillServing(): Promise<void> {
    this.probes += 1;
    const { rows } = await this.imported({
      content: `telefono,nombre\n${PROBE_NUMBERS + this.probes},Ana\n`,
    });
    expect(rows).toMatchObject({ read: 1, failed: 0 });
    const { status, body } = await this.stack.api.get<{ items: object[] }>('/api/contacts?limit=1');
    expect(status).toBe(200);
    expect(body.items).toHaveLength(1);
  }

  async uploadsLeft(): Promise<string[]> {
    return readdir(join(this.stack.dataDir, 'uploads')).catch(() => []);
  }

  private uploadsOpen(): string[] {
    return this.front.descriptors().filter((path) => path.includes('/uploads/'));
  }

  private descriptorCounts(): { files: number; sockets: number } {
    const all = this.front.descriptors();
    const sockets = all.filter((path) => path.startsWith('socket:')).length;
    return { files: all.filter((path) => path.startsWith('/')).length, sockets };
  }
}

export interface Reject {
  readonly row: number;
  readonly column: string;
  readonly value: string;
  readonly reason: string;
}
