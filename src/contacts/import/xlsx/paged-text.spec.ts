import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PagedText } from './paged-text.js';

describe('the texts of a workbook', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'caudal-texts-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.each([1, 2, 256])('are all found again with %i pages in memory, in any order', (pages) => {
    const path = join(directory, 'a.texts');
    const texts = new PagedText(path, pages);
    const written = Array.from({ length: 30_000 }, (_, i) => `Ñandú ${i} `.repeat(i % 20));
    for (const text of written) texts.add(text);
    expect(existsSync(path)).toBe(false);
    expect(written.map((_, i) => texts.get(i))).toEqual(written);
    const jumps = written.map((_, i) => (i * 7919) % 30_000);
    expect(jumps.filter((index) => texts.get(index) !== written[index])).toEqual([]);
    expect([texts.get(30_000), texts.get(-1), texts.get(Number.NaN), texts.get(1.5)]).toEqual(
      Array.from({ length: 4 }),
    );
    texts.close();
  });

  it('take the place of a file that a killed process left', async () => {
    const path = join(directory, 'c.texts');
    await writeFile(path, 'old');
    const texts = new PagedText(path, 1);
    const long = 'ab'.repeat(150_000);
    texts.add(long);
    expect([texts.get(0), existsSync(path)]).toEqual([long, false]);
    texts.close();
  });

  it('may be longer than a page', () => {
    const texts = new PagedText(join(directory, 'b.texts'), 1);
    const long = 'ab'.repeat(150_000);
    for (const text of ['', long, 'x', long]) texts.add(text);
    expect([0, 1, 2, 3].map((i) => texts.get(i))).toEqual(['', long, 'x', long]);
    texts.close();
  });
});
