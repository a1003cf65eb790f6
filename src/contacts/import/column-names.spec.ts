import { describe, expect, it } from 'vitest';
import { plainName } from './column-names.js';

describe('the plain form of a column’s name', () => {
  it.each([
    ['Teléfono_Móvil', 'telefono movil'],
    ['  TELÉFONO -- móvil ', 'telefono movil'],
    ['Te\u0301le\u0301fono', 'telefono'],
    ['Nº de teléfono', 'no de telefono'],
    ['ＷｈａｔｓＡｐｐ', 'whatsapp'],
    ['¿?', ''],
  ])('of %s is "%s"', (name, plain) => {
    expect(plainName(name)).toBe(plain);
  });
});
