import { FileRefused } from './file-refused.js';

interface KnownKind {
  readonly magic: string;
  readonly what: string;
}

const SAVE_AS_CSV = 'open it and save it as CSV UTF-8';

/** First bytes in Latin-1 of what people upload under the name .csv. */
const KINDS: readonly KnownKind[] = [
  { magic: 'PK\x05\x06', what: 'an empty zip archive' },
  {
    magic: '\xd0\xcf\x11\xe0',
    what: 'an old Excel workbook (.xls) or one with a password; save it as .xlsx without one, or as CSV UTF-8',
  },
  { magic: '%PDF', what: 'a PDF document; export the list as CSV' },
  { magic: '\x1f\x8b', what: 'compressed with gzip; unpack it first' },
  { magic: '7z\xbc\xaf', what: 'a 7-Zip archive; unpack it first' },
  { magic: 'Rar!', what: 'a RAR archive; unpack it first' },
  { magic: '\x7fELF', what: 'a program' },
  { magic: 'MZ\x90', what: 'a program' },
  { magic: '\x89PNG', what: 'a picture' },
  { magic: '\xff\xd8\xff', what: 'a picture' },
  { magic: 'GIF8', what: 'a picture' },
  { magic: '{\\rtf', what: `a word-processor document; ${SAVE_AS_CSV}` },
  { magic: 'SQLite format 3', what: 'a database file; export the list as CSV' },
];

/** Bytes from the start of a file that refuseForeignFile wants to see. */
export const KIND_SAMPLE_BYTES = 512;

/** Throws when the first bytes are those of neither text nor a workbook, whatever the file's name says. */
export function refuseForeignFile(head: Buffer): void {
  const start = head.subarray(0, KIND_SAMPLE_BYTES).toString('latin1');
  const kind = KINDS.find(({ magic }) => start.startsWith(magic));
  if (kind !== undefined) throw new FileRefused(`the file is ${kind.what}`);
  if (/^\W*<(!doctype\s+html|html|head|table)\b/i.test(start)) {
    throw new FileRefused(`the file is a web page; ${SAVE_AS_CSV}`);
  }
  if (/^\W*<\?xml\b/i.test(start)) throw new FileRefused(`the file is XML; ${SAVE_AS_CSV}`);
  if (/^\s*[{[]\s*["{[\]}]/.test(start)) {
    throw new FileRefused('the file is JSON; a CSV has one contact a line');
  }
}
