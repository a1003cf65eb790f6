import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { because, REASON_CODES } from './sending-reason.js';

describe('why a campaign is not sending', () => {
  it('has a code, a sentence and since when', () => {
    expect(because('paused', new Date(0), 'ventas', null)).toEqual({
      code: 'paused',
      text: 'ventas paused it.',
      since: '1970-01-01T00:00:00.000Z',
    });
    expect(because('redis_unreachable', null)).toMatchObject({ since: null });
  });

  it('prefers the words of whoever brought it about', () => {
    expect(because('stopped', null, 'ventas', 'Too many failures.').text).toBe('Too many failures.');
    expect(because('stopped', null, 'ventas', null).text).toBe('ventas stopped it.');
  });

  it('is documented, code by code, in docs/reliability.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/reliability.md'), 'utf8');
    const [, section = ''] = /\n## P8 ([^]*?)\n## /.exec(page) ?? [];
    const rows = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].map(([, codes]) => codes!);
    const documented = rows.flatMap((codes) => [...codes.matchAll(/`(\w+)`/g)].map(([, code]) => code!));
    expect(documented.toSorted()).toEqual([...REASON_CODES].toSorted());
  });
});
