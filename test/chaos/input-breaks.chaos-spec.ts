import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { closeBooks } from './books.js';
import { csvRows } from './csv-rows.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { InputStage } from './input-stage.js';
import { rawUpload } from './raw-upload.js';
import { untilCalls } from './scene.js';

const DISK_MIB = 64;
const MIB = 1024 ** 2;
const MOST_FILE_BYTES = 40 * MIB;
const ABORTS = isSoak ? 1000 : 200;
const AT_ONCE = 10;
const KILLED_ROWS = isSoak ? 1_000_000 : 60_000;
const WAIT = { timeout: 60_000, interval: 20 };
const isRoot = process.getuid?.() === 0;

const PART = 'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\ntelefono\n5512345678\n';
const part = (text: string): string => `--b\r\n${text}\r\n`;
const field = (name: string): string => part(`Content-Disposition: form-data; name="${name}"\r\n\r\nx`);
const END = '--b--\r\n';
const FORM = 'multipart/form-data; boundary=b';

/** What each is answered, of what does not break off. */
const BROKEN_FORMS: readonly (readonly [string, string])[] = [
  ['multipart/form-data', part(PART) + END],
  ['multipart/form-data; boundary=other', part(PART) + END],
  [`multipart/form-data; boundary=${'b'.repeat(300)}`, part(PART) + END],
  [FORM, part(PART)],
  [FORM, part('Content-Disposition: form-data\r\n\r\nx') + END],
  [FORM, part('\r\nx') + END],
  [FORM, part(PART).repeat(1000) + END],
  [FORM, Array.from({ length: 10_000 }, (_, index) => field(`f${index}`)).join('') + END],
  [FORM, field('__proto__') + part(PART) + END],
  [FORM, part(PART.replace('"file"', '"constructor"')) + END],
  ['text/csv', 'telefono\n5512345678\n'],
  ['multipart/form-data; boundary=', part(PART) + END],
];

describe.runIf(isFull)('uploads that break off', () => {
  const disk = isRoot ? mountedDisk() : undefined;
  // Hooks run backwards: the stack is gone before its disk.
  if (disk !== undefined) afterAll(() => unmount(disk));
  const stage = InputStage.set(() => ({
    CAUDAL_IMPORT_MAX_BYTES: String(MOST_FILE_BYTES),
    ...(disk === undefined ? {} : { CAUDAL_DATA_DIR: join(disk, 'data') }),
  }));

  it.each(seeds)(
    'I-06 forms without a boundary, of 1,000 parts, cut off in the middle: 4xx, and nothing stays [seed %i]',
    async (seed) => {
      const dice = new Dice('I-06', seed);
      const { api } = stage.stack;
      const answers = new Map<number, number>();
      for (const path of ['/api/contacts/imports', '/api/campaigns', '/api/crear-campana']) {
        for (const [contentType, body] of BROKEN_FORMS) {
          const { status } = await rawUpload(api, { path, contentType, body, length: body.length });
          expect(status, `${path} ${contentType} ${body.slice(0, 80)}`).toBeGreaterThanOrEqual(400);
          expect(status, `${path} ${contentType} ${body.slice(0, 80)}`).toBeLessThan(500);
          answers.set(status, (answers.get(status) ?? 0) + 1);
        }
      }
      const abort = async (): Promise<void> => {
        const body = part(PART) + '5512345679\n'.repeat(Math.round(dice.between(0, 30_000)));
        const sent = dice.chance(0.2) ? Math.round(dice.between(1, 120)) : body.length;
        const path = dice.chance(0.5) ? '/api/contacts/imports' : '/api/campaigns';
        await rawUpload(api, {
          path,
          contentType: FORM,
          body: body.slice(0, sent),
          length: 10 * MIB,
          breaksOffAfterMs: dice.pick([0, 0, 5, 20]),
        });
      };
      for (let done = 0; done < ABORTS; done += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, abort));
      }
      const left = await stage.expectNothingLeft();
      // Clients that go away are no trouble of the server's.
      expect(stage.stack.front.output()).not.toMatch(/"level":"(?:warn|error)"/);
      dice.tell({
        'broken forms': BROKEN_FORMS.length * 3,
        'answered 4xx': [...answers.values()].reduce((sum, n) => sum + n, 0),
        'broken off': ABORTS,
        ...left,
      });
    },
  );

  it.each(seeds)(
    'I-06 an upload that is refused in its middle: answered at once, and its connection goes on [seed %i]',
    async (seed) => {
      const dice = new Dice('I-06 refused', seed);
      const startedMs = performance.now();
      // Five hundred times as much as is read of it.
      const tooLarge = await stage.upload({ content: csvRows({ bytes: MOST_FILE_BYTES * 500 }) });
      const answerMs = Math.round(performance.now() - startedMs);
      expect([tooLarge.status, tooLarge.body.code]).toEqual([413, 'file_too_large']);
      const body = part(PART.replace('"file"', '"other"')) + 'x'.repeat(4 * MIB);
      const next = await rawUpload(stage.stack.api, {
        path: '/api/campaigns',
        contentType: FORM,
        body,
        length: body.length,
        nextPath: '/api/campaigns?limit=1',
      });
      expect([next.status, next.nextStatus]).toEqual([400, 200]);
      dice.tell({ 'too large, answered ms': answerMs, ...(await stage.expectNothingLeft()) });
    },
  );

  it.each(seeds)(
    'I-08 kill -9 in the middle of an import: the next process goes on, and no contact is doubled [seed %i]',
    async (seed) => {
      const dice = new Dice('I-08', seed);
      const { stack } = stage;
      const { body } = await stage.upload({ content: csvRows({ rows: KILLED_ROWS, badEvery: 100 }) });
      await expect.poll(async () => (await stage.state(body.id)).rows.read, WAIT).toBeGreaterThan(0);
      const killedAt = (await stage.state(body.id)).rows.read;
      await stack.killFront();
      // Half a minute later in truth: the lease is not what is shown here.
      await stack.ledger.sql.query('UPDATE imports SET lease_until = now() WHERE id = $1', [body.id]);
      const backMs = performance.now();
      await stack.startFront();
      await expect.poll(async () => (await stage.state(body.id)).rows.read, WAIT).toBeGreaterThan(killedAt);
      const recoveredMs = Math.round(performance.now() - backMs);
      const { status, rows } = await stage.ended(body.id);
      expect(status).toBe('done');
      expect(rows).toMatchObject({ read: KILLED_ROWS, failed: KILLED_ROWS / 100 });
      expect(rows.created).toBe(KILLED_ROWS - KILLED_ROWS / 100);
      const [count] = await stack.ledger.sql.query<{ contacts: number; numbers: number }>(
        `SELECT count(*)::int AS contacts, count(DISTINCT recipient)::int AS numbers
         FROM contacts WHERE recipient LIKE '+5255%' AND created_at >= (SELECT created_at FROM imports WHERE id = $1)`,
        [body.id],
      );
      expect(count).toEqual({ contacts: rows.created, numbers: rows.created });
      await stage.restAgain();
      dice.tell({
        rows: KILLED_ROWS,
        'committed at the kill': killedAt,
        'contacts doubled': count!.contacts - count!.numbers,
        'recovered ms': recoveredMs,
        ...(await stage.expectNothingLeft()),
      });
    },
  );

  it.each(seeds)(
    'I-08 kill -9 in the middle of a campaign’s upload: nothing of it is there, and it is made once again [seed %i]',
    async (seed) => {
      const dice = new Dice('I-08 campaign', seed);
      const { stack } = stage;
      const channelIds = JSON.stringify([await stack.createChannel({ statusDelayMs: 20 })]);
      const name = `cortada ${seed}`;
      const fields = { name, message: 'Hola {{nombre}}', channelIds };
      const rows = KILLED_ROWS;
      const cut = stage.createCampaign({ content: csvRows({ rows, first: 5_530_000_000 }) }, fields).then(
        ({ status }) => status,
        () => 'cut off',
      );
      const writing = async (): Promise<number> => {
        const [row] = await stack.ledger.sql.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity
           WHERE datname = current_database() AND query LIKE '%INTO campaign_recipients%' AND pid <> pg_backend_pid()`,
        );
        return row!.n;
      };
      await expect.poll(writing, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0);
      await stack.killFront();
      expect(await cut).toBe('cut off');
      const left = await stage.uploadsLeft();
      await stack.startFront();
      await expect.poll(writing, WAIT).toBe(0);
      const made = async (): Promise<number> => {
        const { body } = await stack.api.get<{ items: { name: string }[] }>('/api/campaigns?limit=100');
        return body.items.filter((campaign) => campaign.name === name).length;
      };
      expect(await made()).toBe(0);
      // They wait for a sweep, which takes what nobody has touched for a day.
      for (const file of left) await rm(join(stack.dataDir, 'uploads', file));
      await stage.restAgain();
      const again = await stage.createCampaign(
        { content: csvRows({ rows: 300, first: 5_530_000_000 }) },
        fields,
      );
      expect(again.status).toBe(201);
      expect(await made()).toBe(1);
      await stack.start(again.body.id);
      await closeBooks(dice, stack, again.body.id, {
        'rows at the kill': rows,
        'files for the sweep': left.length,
        ...(await stage.expectNothingLeft()),
      });
    },
  );

  it.skipIf(disk === undefined).each(seeds)(
    'I-09 the disk is full: uploads are answered 507 and leave nothing, and a running campaign goes on [seed %i]',
    async (seed) => {
      const dice = new Dice('I-09', seed);
      const { stack } = stage;
      const channelId = await stack.createChannel({ statusDelayMs: 20 }, { perSecond: 300 });
      const campaignId = await stack.createCampaign(1500, channelId);
      await stack.start(campaignId);
      await untilCalls(stack, campaignId, 50);
      const filler = join(disk!, 'filler');
      const { bavail, bsize } = statfsSync(disk!);
      onTestFinished(() => rmSync(filler, { force: true }));
      writeFileSync(filler, Buffer.alloc(bavail * bsize - 3 * MIB));
      const fields = { name: 'sin lugar', message: 'Hola', channelIds: JSON.stringify([channelId]) };
      const answers = [];
      for (let attempt = 0; attempt < 6; attempt += 1) {
        const file = { content: csvRows({ bytes: 8 * MIB }) };
        answers.push(await (attempt % 2 === 0 ? stage.upload(file) : stage.createCampaign(file, fields)));
      }
      expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
        answers.map(() => [507, 'disk_full']),
      );
      expect(await stage.uploadsLeft()).toEqual([]);
      // There is room for small ones.
      await stage.expectStillServing();
      await rm(filler);
      const backMs = performance.now();
      const taken = await stage.imported({ content: csvRows({ rows: 20_000, first: 5_540_000_000 }) });
      expect(taken.status).toBe('done');
      const books = await closeBooks(dice, stack, campaignId, {
        'answered 507': answers.length,
        'recovered ms': Math.round(performance.now() - backMs),
        ...(await stage.expectNothingLeft()),
      });
      expect(books.ledger.accepted).toBe(1500);
      expect(books.progress.unknown).toBe(0);
    },
  );
});

function mountedDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'caudal-small-disk-'));
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder]);
  return folder;
}

async function unmount(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    try {
      execFileSync('/bin/umount', [folder], { stdio: 'pipe' });
      break;
    } catch {
      await delay(100);
    }
  }
  rmSync(folder, { recursive: true, force: true });
}
