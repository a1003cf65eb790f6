import { Injectable } from '@nestjs/common';
import type { CountryCode } from 'libphonenumber-js';
import { Config } from '../config/config.js';
import type { ColumnMapping } from '../contacts/import/column-plan.js';
import { openTable } from '../contacts/import/table-file.js';
import type { Queryable } from '../database/sql.js';
import type { Audience, FileColumn } from './audience.js';
import type { UploadedFile } from './campaign-upload.js';
import { recipientReader, type UploadedRecipient } from './recipient-rows.js';
import { RecipientRepository } from './recipient.repository.js';

export interface RecipientFile extends UploadedFile {
  readonly mapping?: ColumnMapping;
  readonly defaultCountry?: CountryCode;
}

/** Rows of one statement: enough that its cost is the rows', few enough that memory stays flat. */
const ROWS_A_STATEMENT = 5000;

/** Brings the rows of an uploaded file to their campaign, streamed, in the transaction that makes the campaign. */
@Injectable()
export class RecipientUpload {
  constructor(
    private readonly recipients: RecipientRepository,
    private readonly config: Config,
  ) {}

  /** Every row is kept, those that cannot be sent with the reason; returns the audience that they make. */
  async store(
    tx: Queryable,
    workspaceId: string,
    campaignId: string,
    file: RecipientFile,
  ): Promise<Audience> {
    const defaultCountry = file.defaultCountry ?? this.config.defaultCountry;
    const { maxRowBytes, maxColumns } = this.config.imports;
    const table = await openTable(file.open(), { maxRowBytes, maxColumns, defaultCountry });
    const reader = recipientReader(table, { mapping: file.mapping, defaultCountry });
    let rows = 0;
    let rejected = 0;
    let buffer: UploadedRecipient[] = [];
    const flush = async (): Promise<void> => {
      if (buffer.length === 0) return;
      await this.recipients.add(tx, workspaceId, campaignId, buffer);
      rows += buffer.length;
      rejected += buffer.filter((row) => row.reject !== null).length;
      buffer = [];
    };
    for await (const batch of table.batches) {
      for (const row of batch.rows) buffer.push(reader.row(row));
      for (const reject of batch.rejects) buffer.push(reader.reject(reject));
      if (buffer.length >= ROWS_A_STATEMENT) await flush();
    }
    await flush();
    rejected += await this.recipients.markDuplicates(tx, campaignId);
    return audienceOf(file.fileName, rows, rejected, reader.columns);
  }
}

function audienceOf(
  fileName: string,
  rows: number,
  rejected: number,
  columns: readonly FileColumn[],
): Audience {
  return { kind: 'file', fileName, rows, rejected, columns };
}
