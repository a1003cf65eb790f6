import pg from 'pg';

type Reader = (text: string) => unknown;

export const INT_ARRAY_OID = 1007;
/** One dimension, nothing missing. */
const PLAIN_NUMBERS = /^\{[\d,-]+\}$/;
/** Its declared type knows no lists. */
export const pgReaderOf = pg.types.getTypeParser as (oid: number, format?: string) => Reader;

/**
 * pg's readers of what Postgres answers, but for lists of whole numbers: it reads those character by character, 0.4 µs
 * a number where this takes 0.1, and each barrier answers four hundred.
 */
export function readerOf(oid: number, format?: string): Reader {
  return oid === INT_ARRAY_OID && format !== 'binary' ? readNumbers : pgReaderOf(oid, format);
}

export const TYPE_READERS = { getTypeParser: readerOf } as pg.CustomTypesConfig;

function readNumbers(text: string): unknown {
  if (PLAIN_NUMBERS.test(text)) return text.slice(1, -1).split(',').map(Number);
  return pgReaderOf(INT_ARRAY_OID)(text);
}
