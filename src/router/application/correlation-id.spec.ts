import { describe, expect, it } from 'vitest';
import { readCorrelationId } from './correlation-id.js';

describe('readCorrelationId', () => {
  it('reads dispatch, seq and attempt', () => {
    expect(readCorrelationId('12:345:1')).toEqual({ dispatchId: '12', seq: 345, attempt: 1 });
  });

  it('reads the largest number of each column', () => {
    expect(readCorrelationId('9223372036854775807:2147483647:32767')).toEqual({
      dispatchId: '9223372036854775807',
      seq: 2_147_483_647,
      attempt: 32_767,
    });
  });

  it.each([
    ['nothing', null],
    ['an empty text', ''],
    ["another system's text", 'order-5531'],
    ['two numbers', '12:345'],
    ['four numbers', '12:345:1:1'],
    ['a dispatch past bigint', '9223372036854775808:1:1'],
    ['a seq past integer', '1:2147483648:1'],
    ['an attempt past smallint', '1:1:32768'],
    ['zero', '1:1:0'],
    ['a sign', '-1:1:1'],
    ['leading zeros', '01:1:1'],
    ['spaces', ' 1:1:1'],
    ['a line break at the end', '1:1:1\n'],
    ['digits of another script', '١:١:١'],
    ['hexadecimal', '0x1:1:1'],
  ])('refuses %s', (_what, text) => {
    expect(readCorrelationId(text)).toBeNull();
  });
});
