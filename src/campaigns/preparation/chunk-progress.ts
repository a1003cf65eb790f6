import type { Appended } from '../../ledger/message-writer.repository.js';

/** Contacts of one transaction: some tenths of a second of work, which a pause or a stop has to wait for. */
export const CHUNK_ROWS = 20_000;

/**
 * Contacts that one transaction looks at where conditions may let few of them through: else the first chunk of a rare
 * audience was the look at everybody, in one statement.
 */
export const STRETCH_CONTACTS = 100_000;

export interface ChunkProgress {
  /** The last key that is done with. */
  readonly cursor: string;
  readonly isLast: boolean;
}

/**
 * Where preparing stands after a chunk of the keys behind `cursor` up to `end`, of an audience that ends at `until`. A chunk
 * that is not full has everybody up to its end, whether it found anybody or not.
 */
export function chunkProgress(
  { cursor, until }: { readonly cursor: string; readonly until: string },
  end: string,
  { rows, lastPosition }: Pick<Appended, 'rows' | 'lastPosition'>,
): ChunkProgress {
  const isThrough = rows < CHUNK_ROWS;
  const isLast = isThrough && end === until;
  return { cursor: isThrough && !isLast ? end : (lastPosition ?? cursor), isLast };
}
