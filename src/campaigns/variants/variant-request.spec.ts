import { describe, expect, it } from 'vitest';
import { DomainError } from '../../common/domain-error.js';
import { refuseUnfitWinner, saidOf } from './variant-request.js';
import type { VariantDto } from './variant.dto.js';

const A: VariantDto = { name: 'A', message: 'Hola {{nombre}}' };
const B: VariantDto = { name: 'B', content: { type: 'text', text: '¿Qué tal?' }, weight: 3 };

function faultOf(work: () => unknown): { pointer: string; detail: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) return error.details.errors![0]!;
    throw error;
  }
  throw new Error('it was taken');
}

describe('the variants of a request', () => {
  it('are texts or contents, with a weight of one where none is given', () => {
    expect(saidOf({ variants: [A, B] }, undefined)).toEqual({
      content: { type: 'text', text: 'Hola {{nombre}}' },
      variants: [
        { name: 'A', content: { type: 'text', text: 'Hola {{nombre}}' }, weight: 1 },
        { name: 'B', content: { type: 'text', text: '¿Qué tal?' }, weight: 3 },
      ],
    });
  });

  it('give way to one text, and their winner with them', () => {
    const content = { type: 'text', text: 'Hola' } as const;
    expect(saidOf({}, content)).toEqual({ content, variants: null, winner: null });
  });

  it('are left alone by a request that says nothing of them', () => {
    expect(saidOf({}, undefined)).toEqual({});
    expect(saidOf({ winner: null }, undefined)).toEqual({ winner: null });
  });

  it('point at the variant that is wrong, and at what in it', () => {
    expect(faultOf(() => saidOf({ variants: [A, { name: 'B' }] }, undefined))).toMatchObject({
      pointer: '/variants/1/message',
      detail: expect.stringContaining('variant "B" says nothing'),
    });
    expect(faultOf(() => saidOf({ variants: [A, { ...B, message: 'x' }] }, undefined)).pointer).toBe(
      '/variants/1/message',
    );
    const broken = { name: 'B', content: { type: 'image', url: 'nowhere' } };
    expect(faultOf(() => saidOf({ variants: [A, broken] }, undefined)).pointer).toBe(
      '/variants/1/content/url',
    );
  });

  it('have names of their own, in any case', () => {
    const { pointer, detail } = faultOf(() => saidOf({ variants: [A, { ...B, name: ' a' }] }, undefined));
    expect(pointer).toBe('/variants/1/name');
    expect(detail).toMatch(/name of another variant/);
  });

  it('are all templates or none is, for a template reaches whom a text does not', () => {
    const template = { name: 'B', content: { type: 'template', name: 'promo', language: 'es' } };
    const { pointer, detail } = faultOf(() => saidOf({ variants: [A, template] }, undefined));
    expect(pointer).toBe('/variants/1/content');
    expect(detail).toMatch(/"B" is a template and variant "A" is of type text/);
    expect(saidOf({ variants: [{ ...template, name: 'A' }, template] }, undefined).variants).toHaveLength(2);
  });

  it('exclude one text beside them', () => {
    const content = { type: 'text', text: 'Hola' } as const;
    expect(faultOf(() => saidOf({ variants: [A, B] }, content)).pointer).toBe('/variants');
  });

  it('have no more variables together than a row can hold', () => {
    const texts = (from: number) => Array.from({ length: 30 }, (_, n) => `{{v${from + n}}}`).join(' ');
    const many = [
      { name: 'A', message: texts(0) },
      { name: 'B', message: texts(30) },
    ];
    expect(faultOf(() => saidOf({ variants: many }, undefined)).detail).toMatch(
      /more than 40 different variables/,
    );
    expect(saidOf({ variants: [many[0]!, { ...many[0]!, name: 'B' }] }, undefined).variants).toHaveLength(2);
  });

  it.each([
    [100, { kind: 'count', count: 100 }],
    ['12.5%', { kind: 'percent', percent: 12.5 }],
  ])('may have a test of %s', (testSize, expected) => {
    const rule = { metric: 'read', testSize, afterMinutes: 60 } as const;
    expect(saidOf({ winner: rule }, undefined)).toEqual({ winner: { ...rule, testSize: expected } });
  });

  it.each([0, 1, 2.5, -3, '100%', 'many', null, {}])('may have no test of %j', (testSize) => {
    const rule = { metric: 'read', testSize: testSize as number, afterMinutes: 60 } as const;
    expect(faultOf(() => saidOf({ winner: rule }, undefined)).pointer).toBe('/winner/testSize');
  });

  it('are what a winner is chosen among', () => {
    const rule = saidOf({ winner: { metric: 'read', testSize: 10, afterMinutes: 1 } }, undefined).winner;
    expect(faultOf(() => refuseUnfitWinner({ winner: rule })).pointer).toBe('/winner');
    const { variants } = saidOf({ variants: [A, B] }, undefined);
    expect(() => refuseUnfitWinner({ variants, winner: rule })).not.toThrow();
  });
});
