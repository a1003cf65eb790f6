import { DomainError } from '../common/domain-error.js';

/** How JSON writes a NUL and halves of characters; a body without these holds neither. */
const SUSPICIOUS = /\\u(?:0000|d[89a-f])/i;
const HALF = /\p{Surrogate}/u;

/** Throws where a text of the body, or a name of a member, holds what Postgres can keep neither as text nor in JSON. */
export function refuseUnstorable(json: string, parsed: unknown): void {
  if (!SUSPICIOUS.test(json)) return;
  const pointer = unstorableIn(parsed, '');
  if (pointer === undefined) return;
  const detail = 'holds a NUL or half a character (a lone surrogate), which no text can hold';
  throw new DomainError(
    'invalid',
    'validation_failed',
    `${pointer === '' ? 'the body' : pointer} ${detail}`,
    {
      errors: [{ pointer, detail }],
    },
  );
}

/** Where the first such text stands. */
function unstorableIn(node: unknown, pointer: string): string | undefined {
  if (typeof node === 'string') return isStorable(node) ? undefined : pointer;
  if (typeof node !== 'object' || node === null) return undefined;
  for (const [name, child] of Object.entries(node)) {
    if (!isStorable(name)) return pointer;
    const found = unstorableIn(child, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && !HALF.test(text);
}
