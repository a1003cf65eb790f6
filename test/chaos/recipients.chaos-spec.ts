import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { callsFor } from './call-times.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { keepLogsOnFailure, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';

const RUN_TOTAL = isSoak ? 6000 : 600;
const PER_SECOND = 80;
const STOPS_AT_ONCE = 12;
/** A message that passed its barrier before the opt-out was there has a second in which it may begin. */
const MOST_MS_TO_BEGIN = 1000;
/** From the beginning of a call until the simulator has read it, on a busy machine. */
const WAY_MS = 500;
const PEOPLE = isSoak ? 20_000 : 400;
const WAIT = { timeout: 60_000, interval: 20 };

/** The same person in every way that a file may have them. */
const SPELLINGS: readonly ((lastTen: string) => string)[] = [
  (ten) => `+521${ten}`,
  (ten) => `+52${ten}`,
  (ten) => `521${ten}`,
  (ten) => `+52 1 ${ten.slice(0, 2)} ${ten.slice(2, 6)} ${ten.slice(6)}`,
  (ten) => `+52 (${ten.slice(0, 2)}) ${ten.slice(2, 6)}-${ten.slice(6)}`,
];
const lastTen = (number: string): string => number.slice(-10);

describe.runIf(isFull)('who gets a message', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 2, environment: { ...SHORT_LEASES, BATCH_SIZE: '50' } });
  });

  afterAll(() => stack?.stop());

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearLedger();
  });

  async function optOuts(): Promise<number> {
    const [row] = await stack.ledger.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM suppressions');
    return row!.n;
  }

  it.each(seeds)(
    'F-57 nothing is sent to whoever wrote STOP, once that is stored, however many do in mid-campaign [seed %i]',
    async (seed) => {
      const dice = new Dice('F-57', seed);
      const phoneNumberId = '155570000000057';
      const behaviour = { phoneNumberId, statusDelayMs: 20, seed };
      const channelId = await stack.createChannel(behaviour, { perSecond: PER_SECOND });
      const campaignId = await stack.createCampaign(RUN_TOTAL, channelId);
      await stack.start(campaignId);
      await untilCalls(stack, campaignId, PER_SECOND / 2);

      const left = Array.from({ length: RUN_TOTAL }, (_, i) => `5215${String(510_000_000 + i)}`);
      const storedMsOf = new Map<string, number>();
      let stored = await optOuts();
      let calls = await callsFor(stack, campaignId);
      // Half of them stay, so that there is somebody left to be sent to.
      while (calls.length < RUN_TOTAL * 0.4 && left.length > RUN_TOTAL / 2) {
        const wave = Array.from({ length: STOPS_AT_ONCE }, () => {
          const at = left.indexOf(dice.pick(left));
          return left.splice(at, 1)[0]!;
        });
        const stops = wave.map((from) => ({ from, text: dice.pick(['STOP', 'stop', 'BAJA']) }));
        await stack.simulator.receive(phoneNumberId, stops);
        stored += STOPS_AT_ONCE;
        await expect.poll(optOuts, WAIT).toBe(stored);
        const nowMs = Date.now();
        for (const number of wave) storedMsOf.set(lastTen(number), nowMs);
        await untilCalls(stack, campaignId, calls.length + 5);
        calls = await callsFor(stack, campaignId);
      }
      await untilStatus(stack, campaignId, 'completed');

      calls = await callsFor(stack, campaignId);
      const afterMs = calls.map((call) => call.receivedAtMs - (storedMsOf.get(lastTen(call.to)) ?? Infinity));
      const called = new Set(calls.map((call) => lastTen(call.to)));
      const spared = [...storedMsOf.keys()].filter((number) => !called.has(number));
      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        'stopped ms': Math.max(0, Math.round(Math.max(...afterMs))),
        'opted out': storedMsOf.size,
        'of them not written to': spared.length,
      });
      expect(Math.max(...afterMs)).toBeLessThanOrEqual(MOST_MS_TO_BEGIN + WAY_MS);
      expect(spared.length).toBeGreaterThan(0);
      expect(progress.skipped).toBe(spared.length);
      expect(ledger.accepted).toBe(RUN_TOTAL - spared.length);
      expect(progress.failed + progress.unknown).toBe(0);
    },
  );

  describe('more than once', () => {
    /** Each person in two to four spellings, in no order. */
    function manyTimes(dice: Dice, people: readonly string[]): string[] {
      const rows = people.flatMap((ten) => {
        const times = Math.floor(dice.between(2, 5));
        const offset = Math.floor(dice.between(0, SPELLINGS.length));
        return Array.from({ length: times }, (_, nth) => SPELLINGS[(offset + nth) % SPELLINGS.length]!(ten));
      });
      const drawn = rows.map((row) => ({ row, place: dice.between(0, 1) }));
      return drawn.toSorted((a, b) => a.place - b.place).map(({ row }) => row);
    }

    const peopleFrom = (first: number): string[] =>
      Array.from({ length: PEOPLE }, (_, i) => `55${String(first + i)}`);

    const fileOf = (numbers: readonly string[]): { name: string; text: string } => ({
      name: 'lista.csv',
      text: `telefono;nombre\n${numbers.map((number, i) => `${number};Persona ${i}`).join('\n')}\n`,
    });

    async function sendAndCount(dice: Dice, campaignId: string, rows: number): Promise<void> {
      await stack.start(campaignId);
      await untilStatus(stack, campaignId, 'completed');
      const calls = await callsFor(stack, campaignId);
      const { ledger, progress } = await closeBooks(dice, stack, campaignId, { rows, people: PEOPLE });
      expect(new Set(calls.map(({ to }) => lastTen(to))).size).toBe(PEOPLE);
      expect([ledger.calls, ledger.accepted]).toEqual([PEOPLE, PEOPLE]);
      expect(progress.failed + progress.unknown).toBe(0);
    }

    it.each(seeds)(
      'F-61 who is in the file of a campaign several times, in several spellings, gets one message [seed %i]',
      async (seed) => {
        const dice = new Dice('F-61', seed);
        const channelId = await stack.createChannel({ statusDelayMs: 20, seed });
        const rows = manyTimes(dice, peopleFrom(61_000_000));
        const { status, body } = await stack.api.upload<{ id: string }>('/api/campaigns', fileOf(rows), {
          name: 'repetidos',
          message: 'Hola {{nombre}}',
          channelIds: JSON.stringify([channelId]),
          defaultCountry: 'MX',
        });
        expect(status, JSON.stringify(body)).toBe(201);
        await sendAndCount(dice, body.id, rows.length);
      },
    );

    it.each(seeds)('F-61 who is in two lists that overlap gets one message [seed %i]', async (seed) => {
      const dice = new Dice('F-61', seed);
      const channelId = await stack.createChannel({ statusDelayMs: 20, seed });
      const people = peopleFrom(62_000_000);
      const third = Math.floor(PEOPLE / 3);
      const lists = { marzo: people.slice(0, 2 * third), abril: people.slice(third) };
      let rows = 0;
      for (const [tag, members] of Object.entries(lists)) {
        const numbers = manyTimes(dice, members);
        rows += numbers.length;
        const { status, body } = await stack.api.upload<{ id: string }>(
          '/api/contacts/imports',
          fileOf(numbers),
          {
            defaultCountry: 'MX',
            tags: tag,
          },
        );
        expect(status, JSON.stringify(body)).toBeLessThan(300);
        const importOf = async (): Promise<string> =>
          (await stack.api.get<{ status: string }>(`/api/contacts/imports/${body.id}`)).body.status;
        await expect.poll(importOf, WAIT).toBe('done');
      }
      const { status, body } = await stack.api.post<{ id: string }>('/api/campaigns', {
        name: 'dos listas',
        message: 'Hola {{nombre}}',
        audience: { anyTags: Object.keys(lists) },
        channelIds: [channelId],
      });
      expect(status, JSON.stringify(body)).toBe(201);
      await sendAndCount(dice, body.id, rows);
    });
  });
});
