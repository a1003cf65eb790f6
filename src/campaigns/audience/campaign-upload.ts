import { Injectable } from '@nestjs/common';
import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../common/domain-error.js';
import { Config } from '../../config/config.js';
import { formFault } from '../../contacts/import/form-fault.js';
import { DiskFull, isDiskFull } from '../../contacts/import/disk-full.js';
import { openStoredTable } from '../../contacts/import/stored-table.js';
import type { Table, TableOptions } from '../../contacts/import/table.js';
import { UploadStore, type Upload } from '../../contacts/import/upload-store.js';

export interface UploadedFile {
  readonly fileName: string;
  /** From the start, as often as asked: a transaction that the database undoes reads it again. */
  open(options: TableOptions): Promise<Table>;
}

export interface CampaignForm {
  readonly fields: Readonly<Record<string, string>>;
  readonly file: UploadedFile | null;
}

/** Filled part by part: of a form that breaks off, what came before it is there to be removed. */
interface Received {
  readonly fields: Map<string, string>;
  upload: Upload | undefined;
  fileName: string;
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
    const received: Received = { fields: new Map(), upload: undefined, fileName: '' };
    try {
      await this.receive(request, fileFields, received);
      const { fields, upload, fileName } = received;
      const file: UploadedFile | null =
        upload === undefined
          ? null
          : {
              fileName: fileName === '' ? 'recipients.csv' : fileName,
              open: (options) => openStoredTable(this.uploads, upload.path, options),
            };
      return await use({ fields: Object.fromEntries(fields), file });
    } catch (error) {
      throw isDiskFull(error) ? new DiskFull() : error;
    } finally {
      if (received.upload !== undefined) await this.uploads.remove(received.upload.path);
    }
  }

  private async receive(
    request: FastifyRequest,
    fileFields: readonly string[],
    received: Received,
  ): Promise<void> {
    try {
      for await (const part of request.parts()) {
        if (part.type === 'field') {
          received.fields.set(part.fieldname, textOf(part));
          continue;
        }
        if (!fileFields.includes(part.fieldname)) throw unknownFile(part.fieldname, fileFields);
        received.fileName = (part.filename ?? '').replaceAll('\0', '').slice(0, LONGEST_FILE_NAME);
        received.upload = await this.uploads.save(part.file, this.config.imports.maxFileBytes);
      }
    } catch (error) {
      throw formFault(error);
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
