import { describe, expect, it } from 'vitest';
import { recipientReader } from './recipient-rows.js';

function readerOf(columns: string[]) {
  return recipientReader({ columns, hasHeader: true, phoneColumn: -1 }, { defaultCountry: 'MX' });
}

describe('a row of an uploaded file', () => {
  it('becomes a recipient with every other column as a variable', () => {
    const reader = readerOf(['Celular', 'Nombre', 'Fecha de Corte', 'Etiquetas']);
    expect(reader.row({ number: 2, cells: ['55 1234 5678', ' Ana ', '3 de mayo', 'vip'] })).toEqual({
      rowNumber: 2,
      recipient: '+525512345678',
      name: 'Ana',
      variables: { fechadecorte: '3 de mayo', etiquetas: 'vip' },
      reject: null,
    });
    expect(reader.columns).toEqual([
      { key: 'celular', name: 'Celular', field: 'phone' },
      { key: 'name', name: 'Nombre', field: 'name' },
      { key: 'fechadecorte', name: 'Fecha de Corte', field: 'variable' },
      { key: 'etiquetas', name: 'Etiquetas', field: 'variable' },
    ]);
  });

  it('keeps what the cell said when it is no phone number', () => {
    const row = readerOf(['telefono']).row({ number: 3, cells: [`${'x'.repeat(100)}\0`] });
    expect(row).toMatchObject({ recipient: 'x'.repeat(64), reject: 'invalid' });
  });

  it('may have fewer cells than the file has columns', () => {
    const row = readerOf(['telefono', 'nombre', 'saldo']).row({ number: 2, cells: ['5512345678'] });
    expect(row).toMatchObject({ name: null, variables: {}, reject: null });
  });

  it('takes the first of two columns with one key that says something', () => {
    const reader = readerOf(['telefono', 'Saldo', 'SALDO']);
    expect(reader.row({ number: 2, cells: ['5512345678', '', '7'] }).variables).toEqual({ saldo: '7' });
    expect(reader.row({ number: 3, cells: ['5512345678', '5', '7'] }).variables).toEqual({ saldo: '5' });
  });

  it('is not fooled by a header that every object has', () => {
    const row = readerOf(['telefono', 'constructor']).row({ number: 2, cells: ['5512345678', 'x'] });
    expect(Object.entries(row.variables)).toEqual([['constructor', 'x']]);
  });
});
