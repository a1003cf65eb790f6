import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

export type FileContent = Buffer | string | Iterable<Buffer> | AsyncIterable<Buffer>;

export interface FormFile {
  readonly content: FileContent;
  readonly name?: string;
}

const BOUNDARY = 'a-boundary-of-the-tests';
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** A form with one file, of which no more is in memory than what its content yields at once. */
export function formOf(
  { content, name = 'lista.csv' }: FormFile,
  fields: Readonly<Record<string, string>> = {},
): Readable {
  const before = Object.entries(fields).map(
    ([field, value]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
  return Readable.from(piecesOf([...before, head].join(''), content), { objectMode: false });
}

async function* piecesOf(head: string, content: FileContent): AsyncGenerator<Buffer> {
  yield Buffer.from(head);
  if (typeof content === 'string' || Buffer.isBuffer(content)) yield Buffer.from(content as string);
  else {
    for await (const piece of content) {
      yield piece;
      // A server that reads as fast as this writes would be answered by nobody: the answer is read in another turn.
      await nextTurn();
    }
  }
  yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
}
