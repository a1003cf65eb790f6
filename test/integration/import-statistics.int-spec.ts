import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contactsFixture, type ContactsFixture } from './contacts-fixture.js';

describe('the statistics of contacts behind an import', () => {
  let f: ContactsFixture;

  beforeAll(async () => {
    f = await contactsFixture();
  });
  afterAll(() => f.close());

  const fileOf = (rows: number) =>
    `phone\n${Array.from({ length: rows }, (_, i) => `${5_560_000_000 + i}\n`).join('')}`;

  /** Other than autovacuum's own, which are counted apart. */
  async function analyzedTimes(): Promise<number> {
    const [row] = await f.sql.query<{ times: number }>(
      "SELECT analyze_count::int AS times FROM pg_stat_user_tables WHERE relname = 'contacts'",
    );
    return row!.times;
  }

  it('are refreshed by the time it is done, where it made many', async () => {
    const before = await analyzedTimes();
    await f.runImport(f.newWorkspace(), fileOf(6000), { dryRun: 'true' });
    await f.runImport(f.newWorkspace(), fileOf(100));
    expect(await analyzedTimes()).toBe(before);
    const workspace = f.newWorkspace();
    await f.runImport(workspace, fileOf(6000));
    await expect.poll(analyzedTimes).toBe(before + 1);
    await f.runImport(workspace, fileOf(6000));
    expect(await analyzedTimes()).toBe(before + 1);
  });

  it('stay old while a VACUUM is at work, and the import is done all the same', async () => {
    const own = f.newSql('statistics', 3000);
    const runner = f.newRunner(own);
    const workspace = f.newWorkspace();
    const { path, bytes } = await f.uploads.save(Readable.from([fileOf(6000)]));
    const options = {
      mapping: {},
      defaultCountry: 'MX',
      tags: [],
      onConflict: 'update',
      dryRun: false,
    } as const;
    const job = await f.imports.create({
      workspaceId: workspace,
      fileName: 'a.csv',
      filePath: path,
      bytes,
      options,
    });
    const before = await analyzedTimes();
    await f.sql.transaction(async (tx) => {
      // The lock that a VACUUM takes.
      await tx.query('LOCK TABLE contacts IN SHARE UPDATE EXCLUSIVE MODE');
      runner.enqueue(job.id);
      await runner.idle();
    });
    expect(await f.importService.get(workspace, job.id)).toMatchObject({
      status: 'done',
      rows: { read: 6000, created: 6000, failed: 0 },
    });
    expect(await analyzedTimes()).toBe(before);
    await own.end();
  });
});
