import { DomainError } from './domain-error.js';

/** A page of a list; `nextCursor` is null on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export const MAX_PAGE_LIMIT = 500;

/** Builds a page from one row more than asked for: that row tells that there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => string | readonly (string | number)[],
  itemOf: (row: Row) => Item,
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null;
  return { items: items.map(itemOf), nextCursor };
}

export function encodeCursor(key: string | readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The opposite of encodeCursor; a cursor that was not made here is the caller's mistake. */
export function decodeCursor<T>(cursor: string | undefined, isValid: (key: unknown) => key is T): T | null {
  if (cursor === undefined || cursor === '') return null;
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    key = undefined;
  }
  if (!isValid(key)) {
    throw new DomainError('invalid', 'bad_cursor', `cursor "${cursor}" is not one that this list returned`, {
      errors: [{ pointer: '/cursor', detail: 'pass the nextCursor of the page before, unchanged' }],
    });
  }
  return key;
}
