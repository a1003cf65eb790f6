/**
 * One pass over the text. The first two alternatives are what looks like a phone number and is none; they match
 * first, so that their digits are passed by.
 */
const PATTERN = new RegExp(
  [
    // uuids, and instants as ISO 8601 writes them
    '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
    '\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}',
    // "+52 55 1234-5678": a plus sign says that it is a phone number, however it is grouped
    '(?<intl>\\+\\d(?:[ .()-]{0,2}\\d){7,14})(?!\\d)',
    // a bare run of digits, standing alone: not part of a word, a decimal, a hash or a hyphenated id
    '(?<![\\w.-])(?<bare>\\d{8,14})(?![\\w-]|\\.\\d)',
  ].join('|'),
  'gi',
);

/** Unix seconds and milliseconds of this epoch, and dates written as digits: no numbering plan has these shapes. */
const INSTANT = /^(?:1[5-9]\d{8}|1[5-9]\d{11}|20[2-4]\d[01]\d[0-3]\d(?:[0-2]\d[0-5]\d[0-5]\d)?)$/;

/**
 * Hides phone numbers, keeping the hint of a country and the last two digits: "+5215512345678" reads "+52…78".
 * A bare run of 15 digits is left alone: phone numbers of that length do not exist, and Meta's ids have it.
 */
export function maskPhones(text: string): string {
  return text.replace(PATTERN, (match: string, ...rest: unknown[]) => {
    const { intl, bare } = rest.at(-1) as { intl?: string; bare?: string };
    if (intl === undefined && (bare === undefined || INSTANT.test(bare))) return match;
    const digits = match.replace(/\D/g, '');
    return `${intl === undefined ? '' : '+'}${digits.slice(0, 2)}…${digits.slice(-2)}`;
  });
}
