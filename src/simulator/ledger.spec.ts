import { describe, expect, it } from 'vitest';
import type { CallEntry } from './call-log.js';
import { KeyHash } from './key-hash.js';
import { KeySet } from './key-set.js';
import { Ledger } from './ledger.js';

const hash = new KeyHash();

function entry(changes: Partial<CallEntry> & { key?: string }): CallEntry {
  const { key = changes.callbackData ?? 'none', ...rest } = changes;
  hash.ofText(key);
  return {
    arrivedMs: 1_000_000,
    number: 0,
    answer: 'ok',
    accepted: true,
    aliased: false,
    to: '+5215550001111',
    callbackData: '',
    type: 'text',
    keyHigh: hash.high,
    keyLow: hash.low,
    ...rest,
  };
}

const ALL = { number: undefined, callbackPrefix: undefined };

describe('Ledger', () => {
  it('counts as a duplicate every accepted message beyond the first of its key, and no refused call', () => {
    const ledger = new Ledger();
    ledger.record(entry({ key: 'd:1' }));
    ledger.record(entry({ key: 'd:1', accepted: false, answer: 'throttled' }));
    ledger.record(entry({ key: 'd:2' }));
    ledger.record(entry({ key: 'd:1' }));
    ledger.record(entry({ key: 'd:1' }));
    expect(ledger.summary(ALL)).toMatchObject({ calls: 5, accepted: 4, distinct: 2, duplicates: 2 });
  });

  it('gives the same figures in one pass over the rows as it kept while they came', () => {
    const ledger = new Ledger();
    for (let n = 0; n < 40_000; n++) {
      const row = ledger.record(
        entry({ arrivedMs: 1_000_000 + n * 1.7, key: `d:${n % 39_000}`, accepted: n % 7 !== 0, number: 3 }),
      );
      if (n % 3 === 0) ledger.markStatus(row, 'sent');
      if (n % 9 === 0) ledger.markStatus(row, 'read');
    }
    const { calls, accepted, mostPerSecond } = ledger.summary(ALL);
    expect({ calls, accepted, mostPerSecond }).toEqual({
      calls: 40_000,
      accepted: 34_285,
      mostPerSecond: 589,
    });
    expect(ledger.summary({ ...ALL, number: 3 })).toEqual(ledger.summary(ALL));
    expect(ledger.summary({ ...ALL, number: 1 })).toMatchObject({
      calls: 0,
      accepted: 0,
      firstAt: null,
      seconds: 0,
    });
  });

  it('counts a status once for a message however often it comes true', () => {
    const ledger = new Ledger();
    const row = ledger.record(entry({}));
    expect(ledger.markStatus(row, 'delivered')).toBe(true);
    expect(ledger.markStatus(row, 'delivered')).toBe(false);
    expect(ledger.summary(ALL).statuses).toEqual({ sent: 0, delivered: 1, read: 0, failed: 0 });
  });

  it('narrows to the messages whose callback data begins with a prefix', () => {
    const ledger = new Ledger();
    ledger.record(entry({ callbackData: 'día:1:1' }));
    ledger.record(entry({ callbackData: 'día:2:1' }));
    ledger.record(entry({ callbackData: 'dia:2:1' }));
    expect(ledger.summary({ ...ALL, callbackPrefix: 'día:' }).accepted).toBe(2);
    expect(ledger.summary({ ...ALL, callbackPrefix: 'día:2:1 and more' }).accepted).toBe(0);
  });

  it('pages through accepted messages, or through every call, without losing one', () => {
    const ledger = new Ledger();
    for (let n = 0; n < 10; n++) ledger.record(entry({ callbackData: `d:${n}:1`, accepted: n !== 4 }));
    const seen: (string | null)[] = [];
    let after: number | undefined;
    do {
      const page = ledger.page({ ...ALL, after, limit: 3, everyCall: false });
      seen.push(...page.items.map(({ callbackData }) => callbackData));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(seen).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9].map((n) => `d:${n}:1`));
    expect(ledger.page({ ...ALL, after: undefined, limit: 100, everyCall: true }).items).toHaveLength(10);
  });

  it('finds the row of an id it gave, and of no other', () => {
    const ledger = new Ledger();
    ledger.record(entry({}));
    const row = ledger.record(entry({ to: '+52 55 1234 5678', aliased: true }));
    const id = ledger.idOf(row);
    expect(id).toMatch(/^wamid\.HBgN/);
    expect(ledger.rowOf(id)).toBe(row);
    expect(ledger.waId(row)).toBe('5215512345678');
    expect(ledger.rowOf('wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJCOTY3NDc0NDFDRUI3NTA0Q0UA')).toBeUndefined();
    ledger.clear();
    ledger.record(entry({}));
    expect(ledger.rowOf(id)).toBeUndefined();
  });

  it('starts from nothing after it was cleared', () => {
    const ledger = new Ledger();
    ledger.markStatus(ledger.record(entry({})), 'failed');
    ledger.clear();
    const row = ledger.record(entry({ callbackData: 'e:1:1' }));
    expect(row).toBe(0);
    expect(ledger.summary(ALL)).toMatchObject({ calls: 1, accepted: 1, statuses: { failed: 0 } });
    expect(ledger.log.callbackData(row)).toBe('e:1:1');
  });
});

describe('KeySet', () => {
  it('knows each of two hundred thousand keys again', () => {
    const keys = new KeySet();
    const add = (n: number): boolean => {
      hash.ofText(`5bd3c1de-3f60:${n}`);
      return keys.add(hash.high, hash.low);
    };
    let added = 0;
    for (let n = 0; n < 200_000; n++) if (add(n)) added++;
    for (let n = 0; n < 200_000; n++) if (add(n)) added++;
    expect(added).toBe(200_000);
    expect(keys.size).toBe(200_000);
    expect([keys.add(0, 0), keys.add(0, 0)]).toEqual([true, false]);
  });
});
