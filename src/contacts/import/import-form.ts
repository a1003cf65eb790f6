import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { formFault, notMultipart } from './form-fault.js';
import { BadImportOption } from './import.errors.js';
import type { Upload, UploadStore } from './upload-store.js';

export interface ImportForm {
  readonly fileName: string;
  readonly upload: Upload;
  readonly fields: ReadonlyMap<string, string>;
}

const LONGEST_FIELD = 65_536;
const LONGEST_FILE_NAME = 255;

/** Reads the multipart form as it arrives: the file to disk, the rest into a map. On any fault the file is gone. */
export async function readImportForm(
  request: FastifyRequest,
  uploads: UploadStore,
  maxFileBytes: number,
): Promise<ImportForm> {
  if (!request.isMultipart()) throw notMultipart('the body is no form');
  const fields = new Map<string, string>();
  let upload: Upload | undefined;
  let fileName = '';
  try {
    for await (const part of request.parts({
      limits: { fileSize: maxFileBytes, files: 1, fields: 20, fieldSize: LONGEST_FIELD, parts: 25 },
    })) {
      if (part.type === 'file') {
        fileName = (part.filename ?? '').replaceAll('\0', '').slice(0, LONGEST_FILE_NAME);
        upload = await uploads.save(part.file, maxFileBytes);
      } else {
        fields.set(part.fieldname, textOf(part));
      }
    }
  } catch (error) {
    if (upload !== undefined) await uploads.remove(upload.path);
    throw formFault(error);
  }
  if (upload === undefined) {
    throw new BadImportOption('file', 'the form has no file: add a CSV or a workbook in the part "file"');
  }
  return { fileName: fileName === '' ? 'contacts.csv' : fileName, upload, fields };
}

/** A part that declares itself JSON arrives parsed. */
function textOf(part: Extract<Multipart, { type: 'field' }>): string {
  if (part.valueTruncated) {
    throw new BadImportOption(part.fieldname, `${part.fieldname} is longer than ${LONGEST_FIELD} bytes`);
  }
  return typeof part.value === 'string' ? part.value : JSON.stringify(part.value ?? '');
}
