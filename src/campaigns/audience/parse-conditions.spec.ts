import { describe, expect, it } from 'vitest';
import { DomainError } from '../../common/domain-error.js';
import { dateOf } from './audience-condition.js';
import { MOST_CONDITIONS, parseConditions } from './parse-conditions.js';

const AT = 'audience/attributes';
const parse = (input: unknown) => parseConditions(input, AT);

function faultOf(input: unknown): { pointer: string; detail: string } {
  try {
    parse(input);
  } catch (error) {
    if (error instanceof DomainError) return error.details.errors![0]!;
    throw error;
  }
  throw new Error('it was taken');
}

describe('the conditions of an audience on attributes', () => {
  it('are taken in every form that they have', () => {
    const conditions = [
      { key: 'ciudad', op: 'eq', value: 'Lima' },
      { key: 'ciudad', op: 'notIn', value: ['Lima', 3, true] },
      { key: 'plan', op: 'startsWith', value: 'oro' },
      { key: 'saldo', op: 'gte', value: 100.5 },
      { key: 'saldo', op: 'between', value: [-5, 5] },
      { key: 'corte', op: 'eq', value: { daysAhead: 3 } },
      { key: 'visita', op: 'between', value: [{ daysAgo: 30 }, { daysAgo: 0 }] },
      { key: 'activo', op: 'isTrue' },
    ];
    expect(parse(conditions)).toEqual(conditions);
  });

  it('are read alike from a list and from an object of names and values', () => {
    expect(parse({ ciudad: ' Lima ', activo: true, nivel: 3 })).toEqual([
      { key: 'ciudad', op: 'eq', value: 'Lima' },
      { key: 'activo', op: 'eq', value: true },
      { key: 'nivel', op: 'eq', value: 3 },
    ]);
  });

  it('take a text for a day where something is compared by order, and for a text where it is not', () => {
    expect(parse([{ key: 'corte', op: 'lt', value: '2026-05-31' }])).toEqual([
      { key: 'corte', op: 'lt', value: { date: '2026-05-31' } },
    ]);
    expect(parse([{ key: 'corte', op: 'eq', value: '2026-05-31' }])).toEqual([
      { key: 'corte', op: 'eq', value: '2026-05-31' },
    ]);
  });

  it.each<[what: string, input: unknown, pointer: string, says: string]>([
    ['no conditions at all', 'Lima', '', 'attributes "Lima" must be a list'],
    ['a condition that is none', ['Lima'], '/0', 'must be an object such as { "key"'],
    [
      'a member that nobody knows',
      [{ key: 'a', op: 'eq', value: 1, not: true }],
      '/0/not',
      'known are key, op and value',
    ],
    ['a name that is empty', [{ key: ' ', op: 'exists' }], '/0/key', 'key " " must name an attribute'],
    [
      'an operator that there is not',
      [{ key: 'a', op: '>', value: 1 }],
      '/0/op',
      'op ">" must be one of eq, ne, in',
    ],
    ['an operator of every object', [{ key: 'a', op: 'constructor' }], '/0/op', 'must be one of'],
    ['a value that is missing', [{ key: 'a', op: 'eq' }], '/0/value', 'value is missing: it must be a text'],
    ['a value where none belongs', [{ key: 'a', op: 'missing', value: 1 }], '/0/value', 'leave it out'],
    ['a text that is empty', [{ key: 'a', op: 'eq', value: '' }], '/0/value', 'use "missing"'],
    [
      'a text with a character that Postgres cannot keep',
      [{ key: 'a', op: 'eq', value: 'a\0' }],
      '/0/value',
      'text',
    ],
    [
      'a text that is neither number nor day',
      [{ key: 'a', op: 'gt', value: 'abc' }],
      '/0/value',
      'value "abc" must be a number or a day',
    ],
    [
      'a day that the month does not have',
      [{ key: 'a', op: 'lt', value: '2026-02-30' }],
      '/0/value',
      'must be a number or a day',
    ],
    ['days without end', [{ key: 'a', op: 'lt', value: { daysAgo: 4000 } }], '/0/value', 'at most 3650 days'],
    [
      'two ways to name a day',
      [{ key: 'a', op: 'lt', value: { daysAgo: 1, daysAhead: 1 } }],
      '/0/value',
      'must be a day',
    ],
    ['a list that is empty', [{ key: 'a', op: 'in', value: [] }], '/0/value', 'a list of 1 to 100 values'],
    [
      'an item of a list',
      [{ key: 'a', op: 'in', value: ['x', null] }],
      '/0/value/1',
      'value null must be a text',
    ],
    ['three ends', [{ key: 'a', op: 'between', value: [1, 2, 3] }], '/0/value', 'a list of two'],
    [
      'ends of two kinds',
      [{ key: 'a', op: 'between', value: [1, '2026-05-01'] }],
      '/0/value',
      'two numbers or two days',
    ],
    ['ends in the wrong order', [{ key: 'a', op: 'between', value: [2, 1] }], '/0/value', 'the least first'],
    ['a list in the short form', { 'a/b': ['x'] }, '/a~1b', 'value ["x"] must be a text'],
  ])('name the place and what would be right of %s', (_, input, pointer, says) => {
    const fault = faultOf(input);
    expect(fault.pointer).toBe(`/${AT}${pointer}`);
    expect(fault.detail).toContain(says);
  });

  it('are limited in number', () => {
    const many = Array.from({ length: MOST_CONDITIONS + 1 }, () => ({ key: 'a', op: 'exists' }));
    expect(faultOf(many).detail).toBe('attributes has 21 conditions; at most 20 may be given');
  });
});

describe('a day of a condition', () => {
  it('is counted from today over the ends of months and years', () => {
    expect(dateOf({ daysAgo: 1 }, '2028-03-01')).toBe('2028-02-29');
    expect(dateOf({ daysAhead: 3 }, '2026-12-30')).toBe('2027-01-02');
    expect(dateOf({ date: '2026-05-31' }, '2026-12-30')).toBe('2026-05-31');
  });
});
