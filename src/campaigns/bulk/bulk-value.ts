export type Members = Readonly<Record<string, unknown>>;

const MOST_SHOWN_CHARACTERS = 80;

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Postgres keeps neither NUL nor half a surrogate pair, and refuses the whole statement for one. */
export function isStorable(node: unknown): boolean {
  if (typeof node === 'string') return !node.includes('\0') && !/\p{Surrogate}/u.test(node);
  if (typeof node !== 'object' || node === null) return true;
  return Object.entries(node).every(([key, child]) => isStorable(key) && isStorable(child));
}

/** A name as a part of a JSON pointer. */
export function pointerPart(name: string): string {
  return name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** As it stands in the middle of a sentence. */
export function shownValue(value: unknown): string {
  if (value === undefined) return 'is missing: it';
  if (Array.isArray(value)) return `(a list of ${value.length})`;
  if (typeof value === 'object' && value !== null) return '(an object)';
  const text = JSON.stringify(value);
  return text.length <= MOST_SHOWN_CHARACTERS ? text : `${text.slice(0, MOST_SHOWN_CHARACTERS)}…`;
}
