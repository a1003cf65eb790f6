import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codesOf, faultTable, withTable } from './fault-table.mjs';

const ROOT = join(import.meta.dirname, '..');
const CODES = /[FWISL]-\d\d/g;
/** Hours long, and so in no run that the table is made of. */
const ONLY_IN_SOAK = ['L-02'];

const unique = (codes: readonly string[]): string[] => [...new Set(codes)].toSorted();

/** What the titles of the fault suite begin with. */
function codesOfTests(): string[] {
  const folder = join(ROOT, 'test/chaos');
  const titles = readdirSync(folder)
    .filter((name) => name.endsWith('.chaos-spec.ts'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/['"`][FWISL]-\d\d[^'"`\n]*/g) ?? []);
  return unique(titles.flatMap((title) => codesOf(title.slice(1))));
}

describe('the table of faults', () => {
  it('has a row for every fault that the suite injects, and for none that it does not', () => {
    const page = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| [FWISL]-\d\d/.test(line));
    const told = rows.flatMap((row) => row.split('|')[1]!.match(CODES) ?? []);
    expect(unique([...told, ...ONLY_IN_SOAK])).toEqual(codesOfTests());
  });

  it('sorts by the catalogue, takes the sentence of the title, and leaves nothing that was told out', () => {
    const table = faultTable([
      {
        title: 'webhooks > W-01 W-02 once each [seed 7]',
        figures: { duplicates: 0, lost: 0, statuses: 50_000 },
      },
      { title: 'workers > F-04 a frozen | worker [seed 7]', figures: { unknown: 3, 'recovered ms': 12 } },
    ]);
    expect(table.split('\n').slice(2)).toEqual([
      '| F-04 | workers: a frozen \\| worker |  |  | 3 |  | 12 |  |',
      '| W-01 W-02 | webhooks: once each | 0 | 0 |  |  |  | statuses 50,000 |',
    ]);
  });

  it('changes nothing of a page but what is between its marks', () => {
    const page = 'a\n<!-- faults: made by script/faults -->\nold\n<!-- end of faults -->\nb\n';
    const once = withTable(page, 'new');
    expect(once).toContain('\nnew\n');
    expect(once).not.toContain('old');
    expect(withTable(once, 'new')).toBe(once);
    expect(() => withTable('no marks', 'new')).toThrow('no lines');
  });
});
