import { declaredDelimiter, detectDelimiter } from './delimiter.js';
import { refuseForeignFile } from './file-kind.js';
import { FileRefused } from './file-refused.js';
import { RecordParser } from './record-parser.js';
import { describeTable, firstRow, fitted, type RowBatch, type Table, type TableOptions } from './table.js';
import type { RowReject, TableRow } from './table-row.js';
import { Utf8Stream } from './text-decoder.js';

const SAMPLE_BYTES = 65_536;

/** Decodes and looks at the start of a CSV or TSV file. Throws FileRefused for what cannot be one. */
export async function openTable(source: AsyncIterable<Buffer>, options: TableOptions): Promise<Table> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    return await openText(chunks, options);
  } catch (error) {
    await chunks.return?.();
    throw error;
  }
}

async function openText(chunks: AsyncIterator<Buffer>, options: TableOptions): Promise<Table> {
  const head = await readHead(chunks);
  if (head.length === 0) throw new FileRefused('the file is empty');
  refuseForeignFile(head);

  const decoder = new Utf8Stream();
  const text = decoder.push(head.subarray(decoder.start(head)));
  const sample = text.subarray(0, SAMPLE_BYTES).toString('utf8');
  const declared = declaredDelimiter(sample.slice(0, 20).split(/[\r\n]/, 1)[0] ?? '');
  const delimiter = declared ?? detectDelimiter(sample);

  const parser = new RecordParser({ delimiter, maxRowBytes: options.maxRowBytes });
  await parser.push(text);
  let bytesRead = head.length;
  let rows: TableRow[] = [];
  let rejects: RowReject[] = [];
  const take = (): void => {
    ({ rows, rejects } = parser.take());
    if (declared !== undefined) rows = rows.filter((row) => row.number > 1);
  };
  take();
  // The first record may be longer than the sample.
  for (let isEnded = false; rows.length + rejects.length === 0 && !isEnded; take()) {
    const next = await chunks.next();
    if (next.done === true) {
      await parser.push(decoder.end());
      await parser.end();
      isEnded = true;
    } else {
      bytesRead += next.value.length;
      await parser.push(decoder.push(next.value));
    }
  }
  const described = describeTable(firstRow(rows, rejects, 'the file has no rows'), options);
  const body = { rows: described.hasHeader ? rows.slice(1) : rows, rejects, bytesRead };
  return {
    delimiter,
    ...described,
    encoding: () => decoder.detected,
    batches: readBatches(body, chunks, decoder, parser, described.columns),
    close: async () => {
      await chunks.return?.();
    },
  };
}

async function* readBatches(
  first: { rows: TableRow[]; rejects: RowReject[]; bytesRead: number },
  chunks: AsyncIterator<Buffer>,
  decoder: Utf8Stream,
  parser: RecordParser,
  columns: readonly string[],
): AsyncGenerator<RowBatch> {
  let { bytesRead } = first;
  try {
    yield fitted(first, columns);
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      bytesRead += next.value.length;
      await parser.push(decoder.push(next.value));
      yield fitted({ ...parser.take(), bytesRead }, columns);
    }
    await parser.push(decoder.end());
    await parser.end();
    yield fitted({ ...parser.take(), bytesRead }, columns);
  } finally {
    await chunks.return?.();
  }
}

async function readHead(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  while (length < SAMPLE_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    parts.push(next.value);
    length += next.value.length;
  }
  return Buffer.concat(parts);
}
