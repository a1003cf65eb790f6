/** Postgres's COPY text format. Values come out of valid UTF-8 without NUL, so nothing else can need an escape. */
const SPECIAL = /[\\\t\n\r]/;
const NULL = '\\N';

export function copyField(value: string | null): string {
  if (value === null) return NULL;
  return SPECIAL.test(value) ? value.replace(/[\\\t\n\r]/g, escaped) : value;
}

/** A text[] literal, not yet escaped for COPY. */
export function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, (char) => `\\${char}`)}"`).join(',')}}`;
}

function escaped(char: string): string {
  if (char === '\t') return '\\t';
  if (char === '\n') return '\\n';
  return char === '\r' ? '\\r' : '\\\\';
}
