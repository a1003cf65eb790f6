import { Injectable } from '@nestjs/common';
import type { CountryCode } from 'libphonenumber-js';
import { Config } from '../../config/config.js';
import type { ColumnMapping } from '../../contacts/import/column-plan.js';
import type { Table } from '../../contacts/import/table.js';
import type { Queryable } from '../../database/sql.js';
import type { Audience, FileColumn } from './audience.js';
import type { UploadedFile } from './campaign-upload.js';
import { recipientReader, type RecipientReader, type UploadedRecipient } from './recipient-rows.js';
import { RecipientRepository } from './recipient.repository.js';

export interface RecipientFile extends UploadedFile {
  readonly mapping?: ColumnMapping;
  readonly defaultCountry?: CountryCode;
}

/** Rows of one statement: enough that its cost is the rows', few enough that memory stays flat. */
const ROWS_A_STATEMENT = 5000;
/** A row may be 256 KiB long: what bounds the text of a batch bounds that of a statement. */
const BATCHES_A_STATEMENT = 32;

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
    const table = await file.open({ maxRowBytes, maxColumns, defaultCountry });
    try {
      const reader = recipientReader(table, { mapping: file.mapping, defaultCountry });
      const kept = await this.keep(table, reader, (rows) =>
        this.recipients.add(tx, workspaceId, campaignId, rows),
      );
      const repeated = await this.recipients.markDuplicates(tx, campaignId);
      return audienceOf(file.fileName, kept.rows, kept.rejected + repeated, reader.columns);
    } finally {
      await table.close();
    }
  }

  private async keep(
    table: Table,
    reader: RecipientReader,
    add: (rows: readonly UploadedRecipient[]) => Promise<void>,
  ): Promise<{ rows: number; rejected: number }> {
    let rows = 0;
    let rejected = 0;
    let batches = 0;
    let buffer: UploadedRecipient[] = [];
    const flush = async (): Promise<void> => {
      batches = 0;
      if (buffer.length === 0) return;
      await add(buffer);
      rows += buffer.length;
      rejected += buffer.filter((row) => row.reject !== null).length;
      buffer = [];
    };
    for await (const batch of table.batches) {
      for (const row of batch.rows) buffer.push(reader.row(row));
      for (const reject of batch.rejects) buffer.push(reader.reject(reject));
      batches += 1;
      if (buffer.length >= ROWS_A_STATEMENT || batches >= BATCHES_A_STATEMENT) await flush();
    }
    await flush();
    return { rows, rejected };
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
