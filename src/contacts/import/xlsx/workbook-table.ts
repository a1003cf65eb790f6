import { stat } from 'node:fs/promises';
import { describeTable, firstRow, fitted, type RowBatch, type Table, type TableOptions } from '../table.js';
import type { RowReject, TableRow } from '../table-row.js';
import { CellStyles } from './cell-styles.js';
import { PagedText } from './paged-text.js';
import { readSharedStrings } from './shared-strings.js';
import { SheetRows } from './sheet-rows.js';
import { findWorkbook } from './workbook.js';
import { XmlFeed } from './xml-parts.js';
import { ZipArchive } from './zip-archive.js';

/** XML of one batch of rows; more would keep the event loop, less would cost a round trip for a few rows. */
const BATCH_BYTES = 131_072;
/** Cells name their texts by number, so little XML may mean much text. */
const BATCH_CHARACTERS = 1_000_000;
const STYLES_BYTES = 64 * 1024 ** 2;

/** Says at once what is plainly no workbook. */
export async function refuseForeignArchive(path: string): Promise<void> {
  const archive = await ZipArchive.open(path);
  try {
    await findWorkbook(archive);
  } finally {
    archive.close();
  }
}

/** The first visible sheet of a workbook, read once from front to back in bounded memory. */
export async function openWorkbook(path: string, options: TableOptions): Promise<Table> {
  const { size } = await stat(path);
  const archive = await ZipArchive.open(path);
  const strings = new PagedText(`${path}.texts`);
  const close = (): void => {
    archive.close();
    strings.close();
  };
  try {
    const workbook = await findWorkbook(archive);
    if (workbook.sharedStrings !== undefined) {
      await readSharedStrings(archive.read(workbook.sharedStrings), strings);
    }
    const styles = await CellStyles.read(
      workbook.styles === undefined ? undefined : archive.read(workbook.styles, STYLES_BYTES),
      workbook.is1904,
    );
    const inflated = Math.max(1, archive.sizeOf(workbook.sheet));
    const batches = sheetBatches(
      archive.read(workbook.sheet),
      new SheetRows(strings, styles, options),
      (read) => Math.floor((size * Math.min(read, inflated)) / inflated),
    );
    return await tableOf(batches, close, `the sheet "${workbook.sheetName}" has no rows`, options);
  } catch (error) {
    close();
    throw error;
  }
}

async function tableOf(
  batches: AsyncGenerator<SheetBatch>,
  closeFiles: () => void,
  whenNoRows: string,
  options: TableOptions,
): Promise<Table> {
  // A stream that is not read to its end holds the archive open until it is told that nobody reads on.
  const close = async (): Promise<void> => {
    await batches.return(undefined);
    closeFiles();
  };
  try {
    const first = await firstBatch(batches);
    const described = describeTable(firstRow(first.rows, first.rejects, whenNoRows), options);
    const body = { ...first, rows: described.hasHeader ? first.rows.slice(1) : first.rows };
    return {
      ...described,
      encoding: () => 'utf-8',
      batches: readOn(body, batches, described.columns, close),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The first that holds anything. */
async function firstBatch(batches: AsyncGenerator<SheetBatch>): Promise<SheetBatch> {
  for (;;) {
    const next = await batches.next();
    if (next.done === true) return { rows: [], rejects: [], bytesRead: 0 };
    if (next.value.rows.length > 0 || next.value.rejects.length > 0) return next.value;
  }
}

async function* readOn(
  first: SheetBatch,
  rest: AsyncGenerator<SheetBatch>,
  columns: readonly string[],
  close: () => Promise<void>,
): AsyncGenerator<RowBatch> {
  try {
    yield fitted(first, columns);
    for await (const batch of rest) yield fitted(batch, columns);
  } finally {
    await close();
  }
}

interface SheetBatch {
  readonly rows: TableRow[];
  readonly rejects: RowReject[];
  readonly bytesRead: number;
}

/** Stops behind the rows: what a sheet has after them (merged cells, pictures, rules) says nothing of contacts. */
async function* sheetBatches(
  chunks: AsyncIterable<Buffer>,
  sheet: SheetRows,
  progress: (inflatedBytes: number) => number,
): AsyncGenerator<SheetBatch> {
  const feed = new XmlFeed(sheet);
  let read = 0;
  let sinceBatch = 0;
  for await (const chunk of chunks) {
    feed.write(chunk);
    read += chunk.length;
    sinceBatch += chunk.length;
    if (sheet.isEnded) break;
    if (sinceBatch < BATCH_BYTES && sheet.characters < BATCH_CHARACTERS) continue;
    sinceBatch = 0;
    yield { ...sheet.take(), bytesRead: progress(read) };
  }
  if (!sheet.isEnded) feed.end();
  yield { ...sheet.take(), bytesRead: progress(read) };
}
