import { describe, expect, it } from 'vitest';
import { waIdOf } from './wa-id.js';

describe('waIdOf', () => {
  it.each([
    ['a Mexican number gets the mobile 1', '+525512345678', '5215512345678'],
    ['a Mexican number that has it keeps it', '+5215512345678', '5215512345678'],
    ['an Argentine number gets the 9', '+541123456789', '5491123456789'],
    ['an Argentine number that has it keeps it', '+5491123456789', '5491123456789'],
    ['a Brazilian number from area 31 up loses the ninth digit', '+5531987654321', '553187654321'],
    ['a Brazilian number of São Paulo keeps it', '+5511987654321', '5511987654321'],
    ['other countries stay', '+34600111222', '34600111222'],
  ])('%s', (_what, phone, waId) => {
    expect(waIdOf(phone, true)).toBe(waId);
  });

  it('is the bare digits where the number has no aliases', () => {
    expect(waIdOf('+52 (55) 1234-5678', false)).toBe('525512345678');
  });
});
