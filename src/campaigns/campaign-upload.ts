import { Injectable } from '@nestjs/common';
import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../common/domain-error.js';
import { Config } from '../config/config.js';
import { FileTooLarge } from '../contacts/import/import.errors.js';
import { UploadStore, type Upload } from '../contacts/import/upload-store.js';

export interface UploadedFile {
  readonly fileName: string;
  /** From the start, as often as asked: a transaction that the database undoes reads it again. */
  open(): AsyncIterable<Buffer>;
}

export interface CampaignForm {
  readonly fields: Readonly<Record<string, string>>;
  readonly file: UploadedFile | null;
}

const LONGEST_FILE_NAME = 255;

/** Reads a multipart request that makes a campaign. The file goes to disk first: its fields may come behind it. */
@Injectable()
export class CampaignUploads {
  constructor(
    private readonly uploads: UploadStore,
    private readonly config: Config,
  ) {}

  /** Lends the form to `use` and removes the file behind it, whatever happens. */
  async read<T>(
    request: FastifyRequest,
    fileFields: readonly string[],
    use: (form: CampaignForm) => Promise<T>,
  ): Promise<T> {
    const fields = new Map<string, string>();
    let upload: Upload | undefined;
    let fileName = '';
    try {
      for await (const part of request.parts()) {
        if (part.type === 'field') {
          fields.set(part.fieldname, textOf(part));
          continue;
        }
        if (!fileFields.includes(part.fieldname)) throw unknownFile(part.fieldname, fileFields);
        fileName = (part.filename ?? '').replaceAll('\0', '').slice(0, LONGEST_FILE_NAME);
        upload = await this.uploads.save(part.file);
        if (part.file.truncated) throw new FileTooLarge(this.config.imports.maxFileBytes);
      }
      const path = upload?.path;
      const file: UploadedFile | null =
        path === undefined
          ? null
          : { fileName: fileName === '' ? 'recipients.csv' : fileName, open: () => this.uploads.read(path) };
      return await use({ fields: Object.fromEntries(fields), file });
    } finally {
      if (upload !== undefined) await this.uploads.remove(upload.path);
    }
  }
}

/** A part that declares itself JSON arrives parsed. */
function textOf(part: Extract<Multipart, { type: 'field' }>): string {
  if (part.valueTruncated) throw badForm(part.fieldname, `${part.fieldname} is too long`);
  return typeof part.value === 'string' ? part.value : JSON.stringify(part.value ?? '');
}

function unknownFile(field: string, known: readonly string[]): DomainError {
  return badForm(field, `a file cannot be sent as "${field}"; name the part ${known.join(' or ')}`);
}

function badForm(field: string, detail: string): DomainError {
  return new DomainError('invalid', 'validation_failed', detail, {
    errors: [{ pointer: `/${field}`, detail }],
  });
}
