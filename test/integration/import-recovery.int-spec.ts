import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ChunkBuilder } from '../../src/contacts/import/chunk-builder.js';
import { ContactLines } from '../../src/contacts/import/contact-line.js';
import type { ImportJob } from '../../src/contacts/import/import.js';
import { SeenNumbers } from '../../src/contacts/import/seen-numbers.js';
import { contactsFixture, type ContactsFixture } from './contacts-fixture.js';
import { workbookOfRows } from './import-workbook.js';

const ROWS = 90_000;

/** Rows with some of every kind: each hundredth is bad, each fiftieth the number of the row before. */
function bigFile(rows = ROWS): Readable {
  return Readable.from(pieces(rows));
}

function* pieces(rows: number): Generator<Buffer> {
  let lines = 'phone,name,tags\n';
  for (let i = 0; i < rows; i += 1) {
    const number = i % 50 === 1 ? i - 1 : i;
    lines += i % 100 === 7 ? `bad${i},x,\n` : `55${50_000_000 + number},n${number},t${i % 3}\n`;
    if (lines.length < 60_000) continue;
    yield Buffer.from(lines);
    lines = '';
  }
  yield Buffer.from(lines);
}

const EXPECTED = { read: ROWS, created: 87_300, updated: 0, unchanged: 0, failed: 2700 };

describe('an import that is interrupted', () => {
  let f: ContactsFixture;

  beforeAll(async () => {
    f = await contactsFixture();
  });
  afterAll(() => f.close());

  async function untilRowsRead(workspace: string, id: string, rows: number): Promise<ImportJob> {
    return vi.waitUntil(
      async () => {
        const job = await f.importService.get(workspace, id);
        return job.rows.read >= rows ? job : undefined;
      },
      { timeout: 20_000, interval: 5 },
    );
  }

  async function loseLease(id: string): Promise<void> {
    await f.sql.query("UPDATE imports SET lease_until = now() - interval '1 second' WHERE id = $1", [id]);
  }

  async function expectRecount(workspace: string, id: string): Promise<void> {
    const job = await f.importService.get(workspace, id);
    expect(job).toMatchObject({ status: 'done', rows: EXPECTED });
    const [count] = await f.sql.query<{ contacts: string; rejects: string }>(
      `SELECT (SELECT count(*) FROM contacts WHERE workspace_id = $1) AS contacts,
              (SELECT count(*) FROM import_rejects WHERE import_id = $2) AS rejects`,
      [workspace, id],
    );
    expect(count).toEqual({ contacts: String(EXPECTED.created), rejects: String(EXPECTED.failed) });
  }

  it('goes on behind its last chunk when its process loses every connection for good', async () => {
    const workspace = f.newWorkspace();
    const dying = f.newSql('dying');
    const runner = f.newRunner(dying);
    const job = await f.imports.create(await described(workspace));
    runner.enqueue(job.id);
    await untilRowsRead(workspace, job.id, 1);
    await f.sql.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dying'",
    );
    await runner.idle();
    await dying.end();
    const left = await f.importService.get(workspace, job.id);
    expect(left.status).toBe('running');
    expect(left.rows.read).toBeLessThan(ROWS);

    await loseLease(job.id);
    await f.importService.resumeStalled();
    await f.runner.idle();
    await expectRecount(workspace, job.id);
  });

  it('commits nothing more once another process has taken it over', async () => {
    const workspace = f.newWorkspace();
    const frozen = f.newRunner();
    const job = await f.imports.create(await described(workspace));
    frozen.enqueue(job.id);
    await untilRowsRead(workspace, job.id, 1);
    await loseLease(job.id);
    await f.importService.resumeStalled();
    await Promise.all([f.runner.idle(), frozen.idle()]);
    await expectRecount(workspace, job.id);
  });

  it('goes on in another process after a shutdown', async () => {
    const workspace = f.newWorkspace();
    const first = f.newRunner();
    const job = await f.imports.create(await described(workspace));
    first.enqueue(job.id);
    await untilRowsRead(workspace, job.id, 1);
    await first.beforeApplicationShutdown();
    expect((await f.importService.get(workspace, job.id)).status).toBe('running');
    await f.importService.resumeStalled();
    await f.runner.idle();
    await expectRecount(workspace, job.id);
  });

  it('goes on in another process after a shutdown where the file is a workbook', async () => {
    const workspace = f.newWorkspace();
    const rows = Array.from({ length: 45_000 }, (_, i) => [
      i % 100 === 7 ? 'bad' : 5_560_000_000 + i,
      `n${i}`,
    ]);
    const first = f.newRunner();
    const job = await f.imports.create(
      await described(workspace, workbookOfRows([['phone', 'name'], ...rows])),
    );
    first.enqueue(job.id);
    await untilRowsRead(workspace, job.id, 1);
    await first.beforeApplicationShutdown();
    expect((await f.importService.get(workspace, job.id)).status).toBe('running');
    await f.importService.resumeStalled();
    await f.runner.idle();
    expect(await f.importService.get(workspace, job.id)).toMatchObject({
      status: 'done',
      rows: { read: 45_000, created: 44_550, updated: 0, unchanged: 0, failed: 450 },
    });
  });

  it('stops behind the current chunk when it is cancelled, with counts that still add up', async () => {
    const workspace = f.newWorkspace();
    const { id } = await f.startImport(workspace, bigFile(ROWS * 3));
    await untilRowsRead(workspace, id, 1);
    await f.importService.cancel(workspace, id);
    await f.runner.idle();
    const job = await f.importService.get(workspace, id);
    expect(job.status).toBe('cancelled');
    expect(job.rows.read).toBeLessThan(ROWS * 3);
    const { read, created, failed } = job.rows;
    expect(read).toBe(created + failed);
    const [count] = await f.sql.query<{ n: string }>(
      'SELECT count(*) AS n FROM contacts WHERE workspace_id = $1',
      [workspace],
    );
    expect(Number(count?.n)).toBe(created);
    expect((await f.importService.cancel(workspace, id)).status).toBe('cancelled');
  });

  it('is cancelled at once when nobody works on it, and cannot be when it has ended', async () => {
    const workspace = f.newWorkspace();
    const job = await f.imports.create(await described(workspace));
    await f.importService.cancel(workspace, job.id);
    await f.runner.idle();
    expect((await f.importService.get(workspace, job.id)).status).toBe('cancelled');
    const done = await f.runImport(workspace, 'phone\n5559000001\n');
    await expect(f.importService.cancel(workspace, done.id)).rejects.toMatchObject({
      code: 'import_finished',
    });
  });

  it('is given up when its file is nowhere to be found', async () => {
    const workspace = f.newWorkspace();
    const job = await f.imports.create({ ...(await described(workspace)), filePath: '/nowhere/x.upload' });
    await f.importService.resumeStalled();
    expect((await f.importService.get(workspace, job.id)).status).toBe('running');
    await f.sql.query("UPDATE imports SET lease_until = now() - interval '1 hour' WHERE id = $1", [job.id]);
    await f.importService.resumeStalled();
    expect(await f.importService.get(workspace, job.id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('upload it again'),
    });
  });

  it('two of the same file at once make every contact once', async () => {
    const workspace = f.newWorkspace();
    const jobs = await Promise.all([
      f.startImport(workspace, bigFile()),
      f.startImport(workspace, bigFile()),
    ]);
    await f.runner.idle();
    const [one, two] = await Promise.all(jobs.map(({ id }) => f.importService.get(workspace, id)));
    expect([one?.status, two?.status]).toEqual(['done', 'done']);
    expect((one?.rows.created ?? 0) + (two?.rows.created ?? 0)).toBe(EXPECTED.created);
    for (const job of [one, two]) {
      expect(job?.rows.read).toBe(ROWS);
      expect(job?.rows.failed).toBe(EXPECTED.failed);
    }
  });

  it('of more numbers than are remembered in memory finds repeats in Postgres, also after it was taken up', async () => {
    const workspace = f.newWorkspace();
    const plan = { phone: 0, attributes: [] };
    const phone = { index: 0, column: 'phone' };
    const rows = [
      '5561000001',
      '5561000002',
      '5561000003',
      '5561000001',
      '5561000003',
      '5561000004',
      '5561000004',
    ];
    const batch = (from: number, to: number) => ({
      rows: rows.slice(from, to).map((cell, i) => ({ number: from + i + 2, cells: [cell] })),
      rejects: [],
      bytesRead: to,
    });
    const { id } = await f.imports.create(await described(workspace));
    for (const batches of [
      [batch(0, 3), batch(3, 5)],
      [batch(0, 5), batch(5, 7)],
    ]) {
      await loseLease(id);
      const job = await f.imports.claim(id);
      if (job === null) throw new Error('the import could not be claimed');
      const lines = new ContactLines(plan, ['phone'], [], 'MX');
      const chunks = new ChunkBuilder(lines, phone, job.lastRow, new SeenNumbers(1));
      await f.sessions.run(job, async (session) => {
        for (const each of batches) {
          chunks.add(each);
          expect(await session.write(chunks.take())).toBe('written');
        }
      });
    }
    const job = await f.importService.get(workspace, id);
    expect(job.rows).toEqual({ read: 7, created: 4, updated: 0, unchanged: 0, failed: 3 });
    expect((await f.rejectsOf(id)).map(({ row, value, reason }) => `${row} ${value} ${reason}`)).toEqual([
      '5 5561000001 the same number is in row 2 already',
      '6 5561000003 the same number is in row 4 already',
      '8 5561000004 the same number is in row 7 already',
    ]);
    await f.sql.query("UPDATE imports SET status = 'done' WHERE id = $1", [id]);
  });

  async function described(workspaceId: string, file?: Buffer) {
    const { path, bytes } = await f.uploads.save(file === undefined ? bigFile() : Readable.from([file]));
    const options = {
      mapping: {},
      defaultCountry: 'MX',
      tags: [],
      onConflict: 'update',
      dryRun: false,
    } as const;
    return { workspaceId, fileName: 'x.csv', filePath: path, bytes, options };
  }
});
