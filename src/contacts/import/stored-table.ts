import type { Table, TableOptions } from './table.js';
import { openTable } from './table-file.js';
import { KIND_SAMPLE_BYTES, refuseForeignFile } from './file-kind.js';
import type { UploadStore } from './upload-store.js';
import { openWorkbook, refuseForeignArchive } from './xlsx/workbook-table.js';
import { isZip } from './xlsx/zip-archive.js';

/** Opens an upload as what its first bytes say it is, whatever its name: a workbook or text. */
export async function openStoredTable(
  uploads: UploadStore,
  path: string,
  options: TableOptions,
): Promise<Table> {
  return isZip(await uploads.head(path, KIND_SAMPLE_BYTES))
    ? openWorkbook(path, options)
    : openTable(uploads.read(path), options);
}

/** Throws FileRefused for an upload that is plainly no table, without reading more than its edges. */
export async function refuseForeignUpload(uploads: UploadStore, path: string): Promise<void> {
  const head = await uploads.head(path, KIND_SAMPLE_BYTES);
  if (isZip(head)) await refuseForeignArchive(path);
  else refuseForeignFile(head);
}
