import type { Queryable } from '../../database/sql.js';

/** A part that makes its statement fail, and what Postgres said. */
export interface Poison<Part> {
  readonly part: Part;
  readonly reason: string;
}

export interface Isolated<Part, Result> {
  /** Of each half that went through. */
  readonly results: readonly Result[];
  readonly poison: readonly Poison<Part>[];
}

/**
 * Applies elements of which at least one makes the statement fail: halves them under savepoints until the bad ones
 * stand alone, so that one among a thousand costs some twenty statements and none of its neighbours.
 */
export async function applyAroundPoison<Part, Result>(
  tx: Queryable,
  apply: (tx: Queryable, parts: readonly Part[]) => Promise<Result>,
  parts: readonly Part[],
): Promise<Isolated<Part, Result>> {
  const [only] = parts;
  if (only === undefined) return { results: [], poison: [] };
  await tx.query('SAVEPOINT part');
  try {
    const result = await apply(tx, parts);
    await tx.query('RELEASE SAVEPOINT part');
    return { results: [result], poison: [] };
  } catch (error) {
    if (!isFaultOfData(error)) throw error;
    await tx.query('ROLLBACK TO SAVEPOINT part');
    await tx.query('RELEASE SAVEPOINT part');
    if (parts.length === 1)
      return { results: [], poison: [{ part: only, reason: (error as Error).message }] };
  }
  const middle = Math.ceil(parts.length / 2);
  const first = await applyAroundPoison(tx, apply, parts.slice(0, middle));
  const second = await applyAroundPoison(tx, apply, parts.slice(middle));
  return { results: [...first.results, ...second.results], poison: [...first.poison, ...second.poison] };
}

/** SQLSTATE classes that a value can cause: data exception, integrity constraint, program limit. */
const DATA_CLASSES = new Set(['22', '23', '54']);

/**
 * Whether it failed for what was in it; a lost connection or a full disk is nobody's element's fault. What our own code
 * stumbles over is: repeated for ever, one element would keep all that come behind it waiting.
 */
export function isFaultOfData(error: unknown): boolean {
  if (error instanceof RangeError || error instanceof TypeError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && DATA_CLASSES.has(code.slice(0, 2));
}
