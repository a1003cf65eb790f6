import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from './settings.js';

const ROOT = join(import.meta.dirname, '../..');
const settings = Object.values(SETTINGS).map(({ name, fallback, about }) => ({ name, fallback, about }));

describe('.env.example', () => {
  it('lists every setting in order, each with its explanation and its default', () => {
    const text = readFileSync(join(ROOT, '.env.example'), 'utf8');
    const listed = [...text.matchAll(/^# (?<about>.+)\n#(?<name>[A-Z_]+)=(?<fallback>.*)$/gm)];
    expect(listed.map(({ groups }) => ({ ...groups }))).toEqual(
      settings.map(({ about, name, fallback }) => ({ about, name, fallback })),
    );
  });
});

describe('docs/configuration.md', () => {
  it('has every setting in its table, with its default and its explanation', () => {
    const text = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    const rows = [
      ...text.matchAll(/^\| `(?<name>[A-Z_]+)` *\| (?<fallback>`[^`]*`|—) *\| (?<about>.+?) *\|$/gm),
    ];
    expect(rows.map(({ groups }) => ({ ...groups }))).toEqual(
      settings.map(({ name, fallback, about }) => ({
        name,
        fallback: fallback === '' ? '—' : `\`${fallback}\``,
        about,
      })),
    );
  });
});
