import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaudalProcess } from '../support/caudal-process.js';
import { Stack } from '../support/stack.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { keepLogsOnFailure, repeatedly, SHORT_LEASES } from './scene.js';

const ROWS = isSoak ? 3_000_000 : 200_000;
/** Each hundredth number is none. */
const BAD = ROWS / 100;
const HEAP_MB = 256;
/** Of one process while it imports, above what it has when nothing runs; the same for any length of the file. */
const MOST_GROWTH_MB = 300;
const WAIT = { timeout: isSoak ? 600_000 : 90_000, interval: 20 };

interface ImportView {
  readonly id: string;
  readonly status: string;
  readonly rows: { readonly read: number; readonly created: number; readonly failed: number };
}

describe.runIf(isFull)('an import whose process runs out of memory', () => {
  let stack: Stack;
  let used = 0;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 1, environment: SHORT_LEASES });
  });
  afterAll(() => stack?.stop());

  const importOf = async (id: string): Promise<ImportView> =>
    (await stack.api.get<ImportView>(`/api/contacts/imports/${id}`)).body;

  it.each(seeds)(
    'F-06 goes on behind its last checkpoint in another process, and makes every contact once [seed %i]',
    async (seed) => {
      const dice = new Dice('F-06', seed);
      keepLogsOnFailure(stack);
      const eater = new URL('../support/heap-eater.mjs', import.meta.url).href;
      const doomed = await stack.startElsewhere(
        {},
        {
          CAUDAL_ROLES: 'api',
          NODE_OPTIONS: `--max-old-space-size=${HEAP_MB} --import=${eater}`,
        },
      );
      const started = await stack
        .apiOf(doomed)
        .upload<ImportView>(
          '/api/contacts/imports',
          { name: 'lista.csv', text: fileOf(ROWS, used) },
          { defaultCountry: 'MX' },
        );
      used += ROWS;
      expect(started.status).toBe(202);
      const { id } = started.body;
      const atLeast = ROWS * dice.between(0.05, 0.4);
      await expect.poll(async () => (await importOf(id)).rows.read, WAIT).toBeGreaterThan(atLeast);
      doomed.signal('SIGUSR2');
      const ending = await doomed.ended;
      stack.workers.splice(stack.workers.indexOf(doomed), 1);
      expect(ending).toEqual({ code: null, signal: 'SIGABRT' });
      expect(doomed.output()).toContain('heap out of memory');
      const left = await importOf(id);
      expect(left.status).toBe('running');
      expect(left.rows.read).toBeLessThan(ROWS);

      // The lease is half a minute, which only a soak has.
      if (!isSoak) await stack.ledger.sql.query('UPDATE imports SET lease_until = now() WHERE id = $1', [id]);
      const [worker] = stack.workers;
      const idleMb = rssMbOf(worker!);
      const endedMs = performance.now();
      const memory = watchMemory(worker!);
      await expect.poll(async () => (await importOf(id)).rows.read, WAIT).toBeGreaterThan(left.rows.read);
      const recoveredMs = performance.now() - endedMs;
      await expect.poll(async () => (await importOf(id)).status, WAIT).toBe('done');
      const mostMb = await memory.stop();

      const { rows } = await importOf(id);
      const [count] = await stack.ledger.sql.query<{ contacts: number; numbers: number; rejects: number }>(
        `SELECT (SELECT count(*)::int FROM contacts) AS contacts,
                (SELECT count(DISTINCT recipient)::int FROM contacts) AS numbers,
                (SELECT count(*)::int FROM import_rejects WHERE import_id = $1) AS rejects`,
        [id],
      );
      dice.tell({
        rows: ROWS,
        'read before the end': left.rows.read,
        duplicates: count!.contacts - count!.numbers,
        lost: ROWS - BAD - rows.created,
        'recovered ms': Math.round(recoveredMs),
        'idle RSS MB': idleMb,
        'most RSS MB': mostMb,
      });
      expect(rows).toMatchObject({ read: ROWS, created: ROWS - BAD, failed: BAD });
      expect(count).toEqual({ contacts: ROWS - BAD, numbers: ROWS - BAD, rejects: BAD });
      expect(mostMb - idleMb).toBeLessThan(MOST_GROWTH_MB);
    },
    WAIT.timeout * 3,
  );
});

function fileOf(rows: number, first: number): string {
  const lines = Array.from({ length: rows }, (_, i) =>
    i % 100 === 7 ? `no number ${i},x` : `55${50_000_000 + first + i},n${i}`,
  );
  return `phone,name\n${lines.join('\n')}\n`;
}

function rssMbOf({ pid }: CaudalProcess): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

function watchMemory(process: CaudalProcess): { stop(): Promise<number> } {
  let mostMb = 0;
  const watch = repeatedly(50, () => {
    mostMb = Math.max(mostMb, rssMbOf(process));
    return Promise.resolve();
  });
  return { stop: () => watch.stop().then(() => mostMb) };
}
