import { format, isDateFormat } from 'numfmt';

/** How one style of a workbook shows a number. */
export type NumberText = (value: number) => string;

/** What the ids below 164 mean; the short dates (14, 22 and the East Asian ones) follow the reader's own settings. */
const BUILT_IN: ReadonlyMap<number, string> = new Map([
  [1, '0'],
  [2, '0.00'],
  [3, '#,##0'],
  [4, '#,##0.00'],
  [9, '0%'],
  [10, '0.00%'],
  [12, '# ?/?'],
  [13, '# ??/??'],
  [14, 'yyyy-mm-dd'],
  [15, 'd-mmm-yy'],
  [16, 'd-mmm'],
  [17, 'mmm-yy'],
  [18, 'h:mm AM/PM'],
  [19, 'h:mm:ss AM/PM'],
  [20, 'h:mm'],
  [21, 'h:mm:ss'],
  [22, 'yyyy-mm-dd h:mm'],
  [37, '#,##0;(#,##0)'],
  [38, '#,##0;(#,##0)'],
  [39, '#,##0.00;(#,##0.00)'],
  [40, '#,##0.00;(#,##0.00)'],
  [45, 'mm:ss'],
  [46, '[h]:mm:ss'],
  [47, 'mm:ss.0'],
]);
const DAYS_FROM_1900_TO_1904 = 1462;
/** A double holds fifteen digits of any number. */
const FIRST_INEXACT = 1e15;
/** Numbers with ten digits and more that are no money are somebody's number, and nobody wants commas in them. */
const FIRST_LONG_NUMBER = 1e9;
const LONGEST_CODE = 255;

/** Scientific notation and General hide digits that the file has; every other format is taken at its word. */
export function numberText(formatId: number, customCode: string | undefined, is1904: boolean): NumberText {
  const code = customCode ?? BUILT_IN.get(formatId) ?? 'General';
  if (
    code.length > LONGEST_CODE ||
    /^general$/i.test(code) ||
    code === '@' ||
    /e[+-]/i.test(unquoted(code))
  ) {
    return plainText;
  }
  if (isDate(code)) {
    const days = is1904 ? DAYS_FROM_1900_TO_1904 : 0;
    return (value) => shown(code, value + days);
  }
  const isAmount = /[%$€£¥]|\[\$/.test(code);
  return (value) =>
    !isAmount && Number.isInteger(value) && Math.abs(value) >= FIRST_LONG_NUMBER
      ? plainText(value)
      : shown(code, value);
}

/** As a cell without a format shows it, but with all its digits. */
export function plainText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < FIRST_INEXACT ? String(value) : shown('General', value);
}

function shown(code: string, value: number): string {
  try {
    // Accounting formats pad with spaces.
    return format(code, value).trim();
  } catch {
    return String(value);
  }
}

function isDate(code: string): boolean {
  try {
    return isDateFormat(code);
  } catch {
    return false;
  }
}

function unquoted(code: string): string {
  return code.replace(/"[^"]*"|\\.|\[[^\]]*\]/g, '');
}
