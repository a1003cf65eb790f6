import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { workbookOf, workbookOfRows, workbookParts, zipOf } from '../integration/import-workbook.js';
import { csvRows } from './csv-rows.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { InputStage } from './input-stage.js';
import type { FormFile } from './multipart-form.js';

const MIB = 1024 ** 2;
const HUGE_ROWS = isSoak ? 20_000_000 : 1_000_000;
/** A file of a million rows is read for half a minute: of the full run, this much of it, and then it is cancelled. */
const ROWS_BEFORE_CANCEL = isSoak ? HUGE_ROWS / 2 : 80_000;
const LONG_LINE_BYTES = isSoak ? 1024 * MIB : 64 * MIB;
const MOST_GROWTH_MIB = 300;
const WAIT = { timeout: isSoak ? 3_600_000 : 120_000, interval: 50 };
const OF_SOAK = isSoak ? 7_200_000 : 240_000;

describe.runIf(isFull)('files that were made to do harm', () => {
  const stage = InputStage.set();
  it.each(seeds)(
    'I-01 a file of a million rows is never in memory, its progress moves, and a cancel ends it [seed %i]',
    async (seed) => {
      const dice = new Dice('I-01', seed);
      const { result, beforeMib, peakMib } = await stage.memoryOf(async () => {
        const file = { content: csvRows({ rows: HUGE_ROWS, first: 5_600_000_000, badEvery: 1000 }) };
        const { status, body } = await stage.upload(file);
        expect(status).toBe(202);
        let last = 0;
        let moves = 0;
        const moving = async (): Promise<number> => {
          const { rows } = await stage.state(body.id);
          expect(rows.read).toBe(rows.created + rows.updated + rows.unchanged + rows.failed);
          if (rows.read > last) moves += 1;
          last = rows.read;
          return rows.read;
        };
        await expect.poll(moving, WAIT).toBeGreaterThanOrEqual(ROWS_BEFORE_CANCEL);
        const askedMs = performance.now();
        const cancelled = await stage.stack.api.post(`/api/contacts/imports/${body.id}/cancel`);
        expect(cancelled.status).toBe(202);
        const state = await stage.ended(body.id);
        return { state, moves, stoppedMs: Math.round(performance.now() - askedMs) };
      });
      const { state, moves, stoppedMs } = result;
      expect(state.status).toBe('cancelled');
      expect(state.rows.read).toBeLessThan(HUGE_ROWS);
      expect(moves).toBeGreaterThan(1);
      expect(peakMib - beforeMib).toBeLessThan(MOST_GROWTH_MIB);
      dice.tell({
        'file MiB': Math.round(state.bytes.total / MIB),
        'rows read': state.rows.read,
        rejected: state.rows.failed,
        'progress moved': moves,
        'RSS before MiB': beforeMib,
        'RSS peak MiB': peakMib,
        'stopped ms': stoppedMs,
        ...(await stage.expectNothingLeft()),
      });
    },
    OF_SOAK,
  );

  it.each(seeds)(
    'I-02 a line of many megabytes and a quote that is never closed cost one row each, and no memory [seed %i]',
    async (seed) => {
      const dice = new Dice('I-02', seed);
      const first = stage.newNumbers(10);
      const startedMs = performance.now();
      const { result, beforeMib, peakMib } = await stage.memoryOf(async () => {
        const long = await stage.imported({
          content: framed(`telefono,nombre\n${first},Ana\n${first + 1},`, '\n', first + 2),
        });
        const open = await stage.imported({
          content: framed(`telefono,nombre\n${first + 3},Ana\n${first + 4},"`, '\n', first + 5),
        });
        const header = await stage.imported({ content: framed('"', '\n', first + 6) });
        return { long, open, header };
      });
      const { long, open, header } = result;
      expect(long.rows).toMatchObject({ read: 3, created: 2, failed: 1 });
      expect(long.rejects[0]!.reason).toContain('longer than');
      expect(open.rows).toMatchObject({ created: 2, failed: 1 });
      expect([header.status, header.error]).toEqual([
        'failed',
        expect.stringContaining('first row is broken'),
      ]);
      expect(peakMib - beforeMib).toBeLessThan(MOST_GROWTH_MIB);
      dice.tell({
        'line MiB': LONG_LINE_BYTES / MIB,
        'rows taken': long.rows.created + open.rows.created,
        rejected: long.rows.failed + open.rows.failed,
        'all three ms': Math.round(performance.now() - startedMs),
        'RSS before MiB': beforeMib,
        'RSS peak MiB': peakMib,
        ...(await stage.expectNothingLeft()),
      });
    },
    OF_SOAK,
  );

  it.each(seeds)(
    'I-04 archives that are bombs, lie, climb out of their folder or hold another are refused, unopened [seed %i]',
    async (seed) => {
      const dice = new Dice('I-04', seed);
      const bomb = Buffer.alloc(64 * MIB, ' ');
      const parts = workbookParts({ rows: '<row><c t="s"><v>0</v></c></row>', sharedStrings: ['telefono'] });
      const withPart = (name: string, content: Buffer, declaredBytes?: number): Buffer =>
        zipOf([
          ...parts.filter((part) => part.name !== name),
          { name, content, ...(declaredBytes === undefined ? {} : { declaredBytes }) },
        ]);
      const entities = Buffer.from(
        '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><sst><si><t>&c;</t></si></sst>',
      );
      const files: readonly (readonly [string, Buffer, 'refused' | 'either'])[] = [
        ['gzip bomb', gzipSync(bomb), 'refused'],
        ['zip of zips', zipOf([{ name: 'a.zip', content: zipOf(parts) }]), 'refused'],
        ['path traversal', zipOf([{ name: '../../../../tmp/caudal-was-here', content: 'x' }]), 'refused'],
        ['sheet bomb', withPart('xl/worksheets/sheet1.xml', bomb), 'refused'],
        ['texts bomb', withPart('xl/sharedStrings.xml', bomb), 'refused'],
        ['styles bomb', withPart('xl/styles.xml', bomb), 'refused'],
        ['table of contents bomb', withPart('xl/workbook.xml', bomb), 'refused'],
        ['sheet that lies of its size', withPart('xl/worksheets/sheet1.xml', bomb, 100), 'refused'],
        ['entities in entities', withPart('xl/sharedStrings.xml', entities), 'either'],
        ['a workbook cut in two', workbookOfRows([['telefono']]).subarray(0, 500), 'refused'],
        [
          'a cell of 64 MiB',
          workbookOf({ rows: `<row><c t="str"><v>${bomb.toString()}</v></c></row>` }),
          'refused',
        ],
      ];
      const { result, beforeMib, peakMib } = await stage.memoryOf(async () => {
        const ends: string[] = [];
        for (const [what, content, expected] of files) {
          const { isTaken, why } = await outcomeOf({ content });
          if (expected === 'refused') expect(isTaken, `${what}: ${why}`).toBe(false);
          expect(why, what).not.toContain('our side');
          ends.push(why);
        }
        return ends;
      });
      expect(peakMib - beforeMib).toBeLessThan(MOST_GROWTH_MIB);
      dice.tell({
        archives: result.length,
        'RSS before MiB': beforeMib,
        'RSS peak MiB': peakMib,
        ...(await stage.expectNothingLeft()),
      });
    },
  );

  /** The start, a filling of LONG_LINE_BYTES, the end, and one more contact. */
  function* framed(start: string, end: string, phoneBehind: number): Generator<Buffer> {
    yield Buffer.from(start);
    const filling = Buffer.alloc(MIB, 'x');
    for (let sent = 0; sent < LONG_LINE_BYTES; sent += MIB) yield filling;
    yield Buffer.from(`${end}${phoneBehind},Eva\n`);
  }

  async function outcomeOf(file: FormFile): Promise<{ isTaken: boolean; why: string }> {
    const { status, body } = await stage.upload(file);
    if (status !== 202) {
      expect([status, body.code]).toEqual([400, 'file_refused']);
      return { isTaken: false, why: body.detail };
    }
    const state = await stage.ended(body.id);
    return { isTaken: state.status === 'done' && state.rows.created > 0, why: state.error ?? state.status };
  }
});
