/** The digits of a phone number as somebody wrote it, and whether they begin with a country code. */
export type PlainNumber =
  | { readonly ok: true; readonly digits: string; readonly isInternational: boolean }
  | { readonly ok: false; readonly reason: string };

/** Longer than any way of writing a number; a cell of text must not be searched for one. */
const LONGEST_WRITTEN = 64;

const ADDRESS_SUFFIX = /(?::\d+)?@(?:c\.us|s\.whatsapp\.net)$/i;
const SCIENTIFIC = /^\+?(\d)(?:[.,](\d+))?e\+?(\d{1,2})$/i;
const EXTENSION = /(?:\b(?:ext|extn|extension|extensi[oó]n|int|anexo)\b|;ext=|\d\s*x|#)\W*\d+\s*$/i;

/** Undoes what phones, spreadsheets and chat programs do to a number, and refuses what would be guessing. */
export function plainNumber(input: string): PlainNumber {
  if (input.length > LONGEST_WRITTEN) return refuse(`too long: ${input.length} characters`);
  const text = asciiDigits(input)
    // Marks that no one sees: direction, joiners, byte order; contacts copied from a phone are wrapped in them.
    .replace(/\p{Cf}/gu, '')
    .replace(/[\s\u2010-\u2015\u2212]+/gu, (found) => (/\s/u.test(found) ? ' ' : '-'))
    .trim()
    .replace(/^=?"(.*)"$/, '$1')
    .replace(/^'/, '')
    .trim();
  if (text === '') return refuse('empty');
  if (/@(?:g\.us|lid|newsletter|broadcast)$/i.test(text)) {
    return refuse('a WhatsApp group or hidden id, not a phone number');
  }
  const isAddress = ADDRESS_SUFFIX.test(text) || /^whatsapp:/i.test(text);
  const written = text.replace(/^(?:whatsapp|tel):\s*/i, '').replace(ADDRESS_SUFFIX, '');
  const scientific = SCIENTIFIC.exec(written);
  if (scientific !== null) return fromScientific(scientific, written);
  if (EXTENSION.test(written)) return refuse('has an extension; a WhatsApp number has none');
  // Programs that read the column as numbers write it back as 5512345678.0.
  const whole = written.replace(/^(\+?\d{7,})[.,]0+$/, '$1');
  if (/\p{L}/u.test(whole)) return refuse('has letters in it');
  if (!/^\(?\+?[\d\s()./-]+$/.test(whole)) return refuse('has characters that no phone number has');
  const digits = whole.replace(/\D/g, '');
  const hasPlus = whole.includes('+') || isAddress;
  if (!hasPlus && /^00[1-9]/.test(digits)) {
    return { ok: true, digits: digits.slice(2), isInternational: true };
  }
  return { ok: true, digits, isInternational: hasPlus };
}

/** 5.21555E+12 has lost its last digits for good; 5.215512345678E+12 has all of them. */
function fromScientific(
  [, lead = '', decimals = '', exponent = '']: RegExpExecArray,
  written: string,
): PlainNumber {
  if (decimals.length !== Number(exponent)) {
    return refuse(
      `a spreadsheet turned the number into ${written} and lost its last digits: ` +
        'format the column as text and export again',
    );
  }
  return { ok: true, digits: lead + decimals, isInternational: false };
}

/** Full-width, Arabic-Indic and Persian digits, and the full-width plus. */
function asciiDigits(input: string): string {
  return input.replace(/[０-９٠-٩۰-۹＋]/g, (char) => {
    const code = char.charCodeAt(0);
    if (code === 0xff0b) return '+';
    const zero = code >= 0xff10 ? 0xff10 : code >= 0x06f0 ? 0x06f0 : 0x0660;
    return String(code - zero);
  });
}

function refuse(reason: string): PlainNumber {
  return { ok: false, reason };
}
