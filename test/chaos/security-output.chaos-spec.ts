import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { Dice, isFull, seeds } from './dice.js';
import { keepLogsOnFailure, SHORT_LEASES } from './scene.js';

const SCRIPT = '<script>alert(1)</script><img src=x onerror=alert(2)>';
const FORMULAS = [
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  ' =1',
  '\u00a0=1',
  'ok\n=1',
  '＝1',
  '\ufeff=1',
];
/** As spreadsheets see the start of a formula: behind whatever blanks, and behind a line break inside the cell. */
const STARTS_FORMULA = /(?:^|[\r\n])[\s\u0000\u200b\ufeff]*[=+\-@＝＋－＠]/;

describe.runIf(isFull)('what leaves the server', () => {
  let stack: Stack;
  let base: string;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 0, environment: SHORT_LEASES });
    base = stack.front.baseUrl;
  });

  afterAll(() => stack.stop());

  beforeEach(() => keepLogsOnFailure(stack));

  const authorization = { authorization: 'Bearer cdl_a_key_for_tests_that_is_long_enough' };

  it.each(seeds)('S-03 exports no cell that a spreadsheet would run [seed %i]', async (seed) => {
    const dice = new Dice('S-03', seed);
    for (const [nth, name] of FORMULAS.entries()) {
      const phone = `+5215512340${String(nth).padStart(3, '0')}`;
      const made = await stack.api.post('/api/contacts', { phone, name, attributes: { nota: name } });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
    }
    const answer = await fetch(`${base}/api/contacts/export.csv`, { headers: authorization });
    expect(answer.status).toBe(200);
    const cells = cellsOf(await answer.text());
    expect(cells.length).toBeGreaterThan(FORMULAS.length * 8);
    expect(cells.filter((cell) => STARTS_FORMULA.test(cell.startsWith("'") ? '' : cell))).toEqual([]);
    const disarmed = cells.filter((cell) => cell.startsWith("'"));
    expect(disarmed.length).toBeGreaterThanOrEqual(FORMULAS.length);
    dice.tell({ cells: cells.length, disarmed: disarmed.length, formulas: 0 });
  });

  it.each(seeds)('S-08 shows scripts as text, and lets browsers run none [seed %i]', async (seed) => {
    const dice = new Dice('S-08', seed);
    const contact = await stack.api.post<{ id: string }>('/api/contacts', {
      phone: '+525512345670',
      name: SCRIPT,
    });
    const campaign = await stack.api.post<{ id: string }>('/api/campaigns', {
      name: SCRIPT,
      message: `Hola ${SCRIPT}`,
      contacts: [contact.body.id],
    });
    const stored = [
      `/api/contacts/${contact.body.id}`,
      `/api/campaigns/${campaign.body.id}`,
      '/api/contacts',
    ];
    const refused = [
      `/api/${encodeURIComponent(SCRIPT)}`,
      `/api/contacts?cursor=${encodeURIComponent(SCRIPT)}`,
    ];
    for (const path of [...stored, ...refused]) {
      const answer = await fetch(`${base}${path}`, { headers: { ...authorization, accept: 'text/html' } });
      expect(answer.headers.get('content-type')).toMatch(/^application\/(?:problem\+)?json/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-security-policy')).toBe(
        "default-src 'none'; frame-ancestors 'none'",
      );
    }
    const pages = ['/', '/docs', '/docs/errors'];
    for (const path of pages) {
      const answer = await fetch(`${base}${path}`, { headers: { accept: 'text/html' } });
      const page = await answer.text();
      const policy = answer.headers.get('content-security-policy')!;
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(page).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>\s*\S|\son\w+=/);
      expect(page).not.toContain(SCRIPT);
    }
    dice.tell({ answers: stored.length + refused.length, pages: pages.length, run: 0 });
  });

  it.each(seeds)('S-09 lets pages of other origins neither write nor listen [seed %i]', async (seed) => {
    const dice = new Dice('S-09', seed);
    const origin = { origin: 'https://evil.example' };
    const form = 'application/x-www-form-urlencoded';
    const simple = [
      { 'content-type': form, body: 'phone=%2B525512345679' },
      { 'content-type': 'text/plain', body: '{"phone":"+525512345679"}' },
      { 'content-type': 'multipart/form-data; boundary=x', body: '--x--' },
    ];
    const [before] = await stack.ledger.sql.query('SELECT count(*)::int AS n FROM contacts');
    let refused = 0;
    for (const path of ['/api/contacts', '/api/messages', '/api/campaigns', '/api/contacts/imports']) {
      for (const { body, ...headers } of simple) {
        const answer = await fetch(`${base}${path}`, {
          method: 'POST',
          headers: { ...origin, ...headers },
          body,
        });
        // A browser adds no key by itself: there are no cookies, and none are read.
        expect([401, 415], `${path} ${headers['content-type']}`).toContain(answer.status);
        expect(answer.headers.get('set-cookie')).toBeNull();
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
        refused += 1;
      }
      const asked = await fetch(`${base}${path}`, {
        method: 'OPTIONS',
        headers: {
          ...origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      });
      expect(asked.headers.get('access-control-allow-origin')).toBeNull();
      refused += 1;
    }
    const stream = await fetch(`${base}/api/campaigns/0198c0de-0000-7000-8000-000000000001/events`, {
      headers: {
        ...origin,
        accept: 'text/event-stream',
        cookie: 'key=cdl_a_key_for_tests_that_is_long_enough',
      },
    });
    expect(stream.status).toBe(401);
    expect(await stack.ledger.sql.query('SELECT count(*)::int AS n FROM contacts')).toEqual([before]);
    dice.tell({ requests: refused + 1, refused: refused + 1, written: 0 });
  });
});

/** As a spreadsheet takes a file apart: cells in quotes may hold commas, quotes twice, and line breaks. */
function cellsOf(csv: string): string[] {
  return [...csv.matchAll(/"((?:[^"]|"")*)"(?:,|\r\n)|([^",\r\n]*)(?:,|\r\n)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
