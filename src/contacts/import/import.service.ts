import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Sql } from '../../database/sql.js';
import type { ImportForm } from './import-form.js';
import type { ImportJob } from './import.js';
import { ImportFinished, ImportNotFound } from './import.errors.js';
import { importOptions } from './import-options.js';
import { ImportRepository } from './import.repository.js';
import { ImportRunner } from './import-runner.js';
import type { RowReject } from './table-row.js';
import { FileRefused } from './file-refused.js';
import { refuseForeignUpload } from './stored-table.js';
import { UploadStore } from './upload-store.js';

const REJECTS_PAGE = 5000;
const STALLED_AT_ONCE = 10;
/** The file of a stalled import may lie on another host; after this long, nobody is coming back for it. */
const GIVE_UP_SECONDS = 600;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

@Injectable()
export class ImportService {
  private readonly logger = new Logger('Imports');

  constructor(
    private readonly config: Config,
    private readonly sql: Sql,
    private readonly imports: ImportRepository,
    private readonly uploads: UploadStore,
    private readonly runner: ImportRunner,
  ) {}

  /** The file is on disk already; what is plainly wrong with it is said at once, the rest by the import's state. */
  async start(workspaceId: string, form: ImportForm): Promise<ImportJob> {
    const { path, bytes } = form.upload;
    try {
      const options = importOptions(form.fields, this.config.defaultCountry);
      if (bytes === 0) throw new FileRefused('the file is empty');
      await refuseForeignUpload(this.uploads, path);
      const { fileName } = form;
      const job = await this.imports.create({ workspaceId, fileName, filePath: path, bytes, options });
      this.runner.enqueue(job.id);
      return job;
    } catch (error) {
      await this.uploads.remove(path);
      throw error;
    }
  }

  async get(workspaceId: string, id: string): Promise<ImportJob> {
    const job = UUID.test(id) ? await this.imports.find(workspaceId, id) : null;
    if (job === null) throw new ImportNotFound(id);
    return job;
  }

  /** What was imported stays. An import that nobody works on is over at once, another within a chunk. */
  async cancel(workspaceId: string, id: string): Promise<ImportJob> {
    const before = await this.get(workspaceId, id);
    if (before.status === 'cancelled') return before;
    const asked = await this.imports.askCancel(workspaceId, id);
    if (asked === null || asked.status !== 'running')
      throw new ImportFinished(id, asked?.status ?? before.status);
    this.runner.enqueue(id);
    return asked;
  }

  /** Every rejected row in the file's order. */
  async *rejects(importId: string): AsyncGenerator<readonly RowReject[]> {
    let after: readonly [number, string] = [0, ''];
    for (;;) {
      const page = await this.imports.listRejects(importId, after, REJECTS_PAGE);
      if (page.length === 0) return;
      yield page;
      const last = page.at(-1) as RowReject;
      after = [last.row, last.column];
    }
  }

  /** Called by a tick: takes up imports whose process died, where their file can be read, and tidies uploads up. */
  async resumeStalled(): Promise<void> {
    for (const job of await this.imports.listStalled(STALLED_AT_ONCE)) {
      if (await this.uploads.isHere(job.filePath)) {
        this.runner.enqueue(job.id);
      } else if (job.stalledSeconds > GIVE_UP_SECONDS) {
        this.logger.warn(`import ${job.id} is given up: its file is on no running host`);
        const text = 'the uploaded file is no longer there; upload it again';
        await this.imports.finish(this.sql, job, 'failed', text);
      }
    }
  }

  /** Called by a rare tick. */
  async sweepUploads(): Promise<void> {
    await this.uploads.sweep(new Set(await this.imports.listFilesInUse()));
  }
}
