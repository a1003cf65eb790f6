import type { ContentVariable } from '../../channels/render-content.js';
import { variableKey } from '../../channels/render-content.js';
import type { Audience } from './audience.js';

/** Where the value of one variable is looked for, the first place that has one wins. */
export interface VariableSource extends ContentVariable {
  /** What every recipient has, under this or under a column's own name. */
  readonly field: 'name' | 'phone' | null;
  /** Names of contact attributes as they are written, all of them spellings of this variable. */
  readonly attributes: readonly string[];
}

/** Matches variables with what there is, without case, accents and spaces. */
export function variableSources(
  variables: readonly ContentVariable[],
  attributeNames: readonly string[],
  audience: Audience,
): VariableSource[] {
  const spellings = new Map<string, string[]>();
  for (const name of attributeNames) {
    const key = variableKey(name);
    spellings.set(key, [...(spellings.get(key) ?? []), name]);
  }
  return variables.map((variable) => ({
    ...variable,
    field: fieldOf(variable.key, audience),
    attributes: spellings.get(variable.key) ?? [],
  }));
}

function fieldOf(key: string, audience: Audience): 'name' | 'phone' | null {
  if (key === 'name' || key === 'phone') return key;
  if (audience.kind !== 'file') return null;
  const field = audience.columns.find((column) => column.key === key)?.field;
  return field === 'name' || field === 'phone' ? field : null;
}
