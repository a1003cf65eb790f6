/** Excel holds no more in a cell; anything longer is refused later, by what is shown of it. */
const LONGEST_TEXT = 32_767;
/** The same with each character written as an escape. What goes beyond need not be gathered. */
export const LONGEST_WRITTEN = LONGEST_TEXT * '_x0000_'.length;
const ESCAPED = /_x([0-9A-Fa-f]{4})_/g;

/** Undoes Excel's way of writing control characters (`_x000D_`), and drops what Postgres cannot store. */
export function cellText(written: string): string {
  const isCut = written.length > LONGEST_TEXT;
  if (!isCut && !written.includes('_x')) return written;
  const plain = written
    .slice(0, LONGEST_TEXT)
    .replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll('\0', '');
  // Half a character, from a cut or an escape, becomes U+FFFD.
  return Buffer.from(plain).toString();
}

/** `AB12` is column 27, counted from 0; -1 for what is no reference. */
export function columnOf(reference: string): number {
  let column = 0;
  for (let i = 0; i < reference.length; i += 1) {
    const code = reference.charCodeAt(i);
    if (code < 65 || code > 90) return i === 0 || i > 3 ? -1 : column - 1;
    column = column * 26 + (code - 64);
  }
  return -1;
}
