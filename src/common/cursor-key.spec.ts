import { describe, expect, it } from 'vitest';
import { isInstantAndUuid, isUuidKey } from './cursor-key.js';

const ID = '7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55';

describe('the key in a cursor', () => {
  it('is a UUID and nothing else where a list is walked by id', () => {
    expect(isUuidKey(ID)).toBe(true);
    for (const other of ['x', '', 7, null, [ID], `${ID}0`]) expect(isUuidKey(other)).toBe(false);
  });

  it.each(['2026-11-22 14:00:00.123456+00', '2026-11-22 14:00:00-05:30', '2026-11-22T14:00:00.123Z'])(
    'may begin with the instant %s',
    (instant) => {
      expect(isInstantAndUuid([instant, ID])).toBe(true);
    },
  );

  it.each([
    [['9999999999999999999999', ID]],
    [['2026-13-22 14:00:00+00', ID]],
    [['2026-11-22 14:00:00+00', 'x']],
    [['2026-11-22 14:00:00+00', ID, ID]],
    ['2026-11-22 14:00:00+00'],
    [{ 0: '2026-11-22 14:00:00+00', 1: ID, length: 2 }],
  ])('may not be %o', (key) => {
    expect(isInstantAndUuid(key)).toBe(false);
  });
});
