import {
  SUPPRESSION_CATEGORIES,
  suppressionsThatStop,
  type MessageCategory,
} from '../../ledger/suppression.js';
import type { SqlParameters } from '../sql-parameters.js';

export interface SuppressionJoins {
  readonly joins: string;
  /** SQL of whether one of them was found. */
  readonly isSuppressed: string;
}

/**
 * Joins what suppresses messages of a category to rows that have a hash: one row for each category at most, by the whole
 * key, so that Postgres may hash them for a million people or look up those of a few. The category is said by what it is
 * not: of `category = …` a table without statistics is expected to hold three rows, and three rows are compared with each
 * of a million people one by one, however many they really are.
 */
export function suppressionJoins(
  category: MessageCategory,
  workspace: string,
  hash: string,
  p: SqlParameters,
): SuppressionJoins {
  const categories = suppressionsThatStop(category);
  const joins = categories.map((own, index) => {
    const others = SUPPRESSION_CATEGORIES.filter((other) => other !== own);
    return `LEFT JOIN suppressions x${index} ON x${index}.workspace_id = ${workspace}
        AND x${index}.recipient_hash = ${hash} AND x${index}.category <> ALL(${p.add(others)}::text[])`;
  });
  return {
    joins: joins.join('\n      '),
    isSuppressed: `(${categories.map((_, index) => `x${index}.recipient_hash IS NOT NULL`).join(' OR ')})`,
  };
}
