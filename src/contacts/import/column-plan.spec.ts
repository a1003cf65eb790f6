import { describe, expect, it } from 'vitest';
import { planColumns, type ColumnMapping } from './column-plan.js';

function plan(columns: string[], mapping?: ColumnMapping) {
  return planColumns({ columns, hasHeader: true, phoneColumn: -1 }, mapping);
}

describe('the plan of a file’s columns', () => {
  it.each([
    'telefono',
    'Teléfono',
    'CELULAR',
    'Móvil',
    'WhatsApp',
    'phone',
    'Phone_Number',
    'Tel. del titular',
  ])('finds the phone number under "%s"', (header) => {
    expect(plan(['id', header]).phone).toBe(1);
  });

  it('finds the other fields in two languages and keeps the rest as attributes, as written', () => {
    expect(plan(['Teléfono', 'Nombre', 'Etiquetas', 'Idioma', 'Zona Horaria', 'Saldo MXN'])).toEqual({
      phone: 0,
      name: 1,
      tags: 2,
      locale: 3,
      timezone: 4,
      attributes: [{ index: 5, key: 'Saldo MXN' }],
    });
    expect(plan(['phone', 'name', 'tags', 'locale', 'timezone']).attributes).toEqual([]);
  });

  it('takes the plainest of several phone columns and keeps the other as an attribute', () => {
    expect(plan(['tel casa', 'celular'])).toMatchObject({
      phone: 1,
      attributes: [{ index: 0, key: 'tel casa' }],
    });
  });

  it('does as the mapping says, by name without accents or by number', () => {
    expect(
      plan(['Número', 'Cliente', 'Notas', 'x'], {
        numero: 'phone',
        '2': 'name',
        notas: 'ignore',
        x: 'saldo',
      }),
    ).toEqual({ phone: 0, name: 1, attributes: [{ index: 3, key: 'saldo' }] });
  });

  it('says what is wrong with a mapping', () => {
    expect(() => plan(['telefono'], { correo: 'name' })).toThrow(
      'the column "correo", which the file does not have',
    );
    expect(() => plan(['a', 'b'], { a: 'phone', b: 'phone' })).toThrow('two columns to "phone"');
  });

  it('names the columns when none is a phone number', () => {
    expect(() => plan(['Cliente', 'Saldo'])).toThrow('"Cliente", "Saldo"');
  });
});
