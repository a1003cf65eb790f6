/** What spreadsheets take for the start of a formula, also behind blanks and after a line break inside the cell. */
const FORMULA = /(?:^|[\r\n])[\s\u0000\u200b\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]/;
const NEEDS_QUOTES = /[",\r\n;\t]|^\s|\s$/;

/**
 * One line of a CSV that is opened in a spreadsheet: a cell that would start a formula gets an apostrophe in front,
 * phone numbers too (which also keeps Excel from turning them into 5.21555E+12). An import takes it off again.
 */
export function csvLine(cells: readonly (string | number | boolean | null | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
