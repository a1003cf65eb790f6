import type { Queryable } from '../../database/sql.js';
import type { StatusApplication } from './status-application.js';
import type { StatusElement } from './webhook-body.js';

/** What became of statuses that were applied one half at a time. */
export interface Isolated {
  readonly unresolved: readonly StatusElement[];
  readonly foreign: readonly StatusElement[];
  readonly poison: readonly { readonly element: StatusElement; readonly reason: string }[];
}

/**
 * Applies statuses of which at least one makes the statement fail: halves them under savepoints until the bad ones
 * stand alone, so that one among a thousand costs some twenty statements and none of its neighbours.
 */
export async function applyAroundPoison(
  tx: Queryable,
  application: StatusApplication,
  elements: readonly StatusElement[],
): Promise<Isolated> {
  if (elements.length === 0) return { unresolved: [], foreign: [], poison: [] };
  await tx.query('SAVEPOINT part');
  try {
    const applied = await application.apply(tx, elements);
    await tx.query('RELEASE SAVEPOINT part');
    return { ...applied, poison: [] };
  } catch (error) {
    if (!isFaultOfData(error)) throw error;
    await tx.query('ROLLBACK TO SAVEPOINT part');
    await tx.query('RELEASE SAVEPOINT part');
    const [only] = elements;
    if (elements.length === 1) {
      return {
        unresolved: [],
        foreign: [],
        poison: [{ element: only!, reason: (error as Error).message }],
      };
    }
  }
  const middle = Math.ceil(elements.length / 2);
  const first = await applyAroundPoison(tx, application, elements.slice(0, middle));
  const second = await applyAroundPoison(tx, application, elements.slice(middle));
  return {
    unresolved: [...first.unresolved, ...second.unresolved],
    foreign: [...first.foreign, ...second.foreign],
    poison: [...first.poison, ...second.poison],
  };
}

/** SQLSTATE classes that a value can cause: data exception, integrity constraint, program limit. */
const DATA_CLASSES = new Set(['22', '23', '54']);

/** Whether the statement failed for what was in it; a lost connection or a full disk is nobody's element's fault. */
export function isFaultOfData(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && DATA_CLASSES.has(code.slice(0, 2));
}
