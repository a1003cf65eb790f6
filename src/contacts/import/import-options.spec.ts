import { describe, expect, it } from 'vitest';
import { importOptions } from './import-options.js';

function options(fields: Record<string, string>) {
  return importOptions(new Map(Object.entries(fields)), 'MX');
}

describe('the options of an import', () => {
  it('have defaults', () => {
    expect(options({})).toEqual({
      mapping: {},
      defaultCountry: 'MX',
      tags: [],
      onConflict: 'update',
      dryRun: false,
    });
  });

  it('are read from the fields of a form', () => {
    const given = {
      mapping: '{"a":"phone"}',
      defaultCountry: 'co',
      tags: 'x, y,x',
      onConflict: 'skip',
      dryRun: 'true',
    };
    expect(options(given)).toEqual({
      mapping: { a: 'phone' },
      defaultCountry: 'CO',
      tags: ['x', 'y'],
      onConflict: 'skip',
      dryRun: true,
    });
    expect(options({ tags: '["a,b"]' }).tags).toEqual(['a,b']);
  });

  it.each([
    [{ mapping: 'phone' }, 'mapping is not a JSON object'],
    [{ mapping: '[1]' }, 'mapping is not a JSON object'],
    [{ mapping: '{"a":1}' }, 'mapping gives "a" no usable name'],
    [{ mapping: '{"a":"__proto__"}' }, 'mapping gives "a" no usable name'],
    [{ defaultCountry: 'Mexico' }, 'defaultCountry "Mexico" must be'],
    [{ tags: 'a,,b' }, 'tags must be'],
    [{ onConflict: 'merge' }, 'onConflict "merge" must be update or skip'],
    [{ dryRun: 'yes' }, 'dryRun "yes" must be true or false'],
    [{ colour: 'red' }, 'colour is not a field'],
  ])('name the field that is wrong: %j', (fields, message) => {
    expect(() => options(fields as Record<string, string>)).toThrow(message);
  });
});
