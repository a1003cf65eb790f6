import type { FastifyRequest } from 'fastify';
import { DomainError } from '../common/domain-error.js';
import { formFault, notMultipart } from '../contacts/import/form-fault.js';
import type { Upload, UploadStore } from '../contacts/import/upload-store.js';

export interface MediaForm {
  readonly upload: Upload;
  readonly fileName: string;
  readonly mimeType: string;
}

const LONGEST_FIELD = 200;
const LONGEST_FILE_NAME = 200;
const MIME_TYPE = /^[\w.+-]{1,60}\/[\w.+-]{1,100}$/;

/** Reads the form as it arrives, the file to disk: its length must be known before it goes on. On a fault it is gone. */
export async function readMediaForm(
  request: FastifyRequest,
  uploads: UploadStore,
  maxBytes: number,
): Promise<MediaForm> {
  if (!request.isMultipart()) throw notMultipart('the body is no form');
  let upload: Upload | undefined;
  let fileName = '';
  let mimeType = '';
  let told: unknown;
  try {
    const limits = { fileSize: maxBytes, files: 1, fields: 5, fieldSize: LONGEST_FIELD, parts: 6 };
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') {
        if (part.fieldname === 'type') told = part.value;
        continue;
      }
      fileName = (part.filename ?? '').replaceAll('\0', '').slice(0, LONGEST_FILE_NAME);
      mimeType = part.mimetype;
      upload = await uploads.save(part.file, maxBytes);
    }
    const type = typeof told === 'string' ? told : mimeType;
    if (!MIME_TYPE.test(type)) throw badField('type', `type "${type}" must be one such as application/pdf`);
    if (upload === undefined) throw badField('file', 'the form has no file: add it in the part "file"');
    return { upload, fileName: fileName === '' ? 'file' : fileName, mimeType: type.toLowerCase() };
  } catch (error) {
    if (upload !== undefined) await uploads.remove(upload.path);
    throw formFault(error);
  }
}

function badField(field: string, detail: string): DomainError {
  return new DomainError('invalid', 'validation_failed', detail, {
    errors: [{ pointer: `/${field}`, detail }],
  });
}
