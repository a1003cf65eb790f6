import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { assertNever } from '../../common/assert-never.js';
import { Config } from '../../config/config.js';
import { Sql } from '../../database/sql.js';
import { Outbox } from '../../events/outbox.js';
import { ChunkBuilder } from './chunk-builder.js';
import { planColumns } from './column-plan.js';
import { ContactLines } from './contact-line.js';
import type { ImportJob, ImportStatus } from './import.js';
import { faultOf } from './import-fault.js';
import { ImportRepository } from './import.repository.js';
import { ImportSessions, type ChunkOutcome, type ImportSession } from './import-session.repository.js';
import { openStoredTable } from './stored-table.js';
import type { Table } from './table.js';
import { UploadStore } from './upload-store.js';

type RunEnd = 'read to the end' | 'cancelled' | 'taken over' | 'shut down';

/** Each holds a connection and most of a core while it runs. */
const MOST_AT_ONCE = 2;
const HEARTBEAT_MS = 2000;
/** Fewer new contacts change no plan. */
const ROWS_FOR_STATISTICS = 5000;

/**
 * Works imports off, two at a time. Each is held by a lease that a heartbeat renews: when this process dies, another
 * one takes the import over and goes on behind the last committed chunk.
 */
@Injectable()
export class ImportRunner implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Imports');
  private readonly waiting: string[] = [];
  private readonly running = new Map<string, Promise<void>>();
  private isStopping = false;

  constructor(
    private readonly config: Config,
    private readonly sql: Sql,
    private readonly imports: ImportRepository,
    private readonly sessions: ImportSessions,
    private readonly uploads: UploadStore,
    private readonly outbox: Outbox,
  ) {}

  enqueue(id: string): void {
    if (this.isStopping || this.running.has(id) || this.waiting.includes(id)) return;
    this.waiting.push(id);
    this.startNext();
  }

  /** When nothing waits or runs any more. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running.values());
  }

  /** Running imports stop behind their current chunk; whoever starts next goes on from there. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.waiting.length = 0;
    await this.idle();
  }

  private startNext(): void {
    if (this.running.size >= MOST_AT_ONCE) return;
    const id = this.waiting.shift();
    if (id === undefined) return;
    const run = this.run(id)
      .catch((error: unknown) => this.logger.error(`import ${id} could not be worked: ${messageOf(error)}`))
      .finally(() => {
        this.running.delete(id);
        this.startNext();
      });
    this.running.set(id, run);
    this.startNext();
  }

  private async run(id: string): Promise<void> {
    const job = await this.imports.claim(id);
    if (job === null) return;
    const pulse = { isCancelAsked: false };
    const heartbeat = setInterval(() => {
      this.imports.renew(job).then(
        (isCancelAsked) => (pulse.isCancelAsked ||= isCancelAsked),
        (error: unknown) =>
          this.logger.warn(`the lease of import ${id} was not renewed: ${messageOf(error)}`),
      );
    }, HEARTBEAT_MS);
    try {
      await this.conclude(job, job.isCancelAsked ? 'cancelled' : await this.read(job, pulse));
    } catch (error) {
      await this.stumble(job, error);
    } finally {
      clearInterval(heartbeat);
    }
  }

  private async read(job: ImportJob, pulse: { readonly isCancelAsked: boolean }): Promise<RunEnd> {
    const { maxRowBytes, maxColumns } = this.config.imports;
    const { defaultCountry, mapping } = job.options;
    const table = await openStoredTable(this.uploads, job.filePath, {
      maxRowBytes,
      maxColumns,
      ...(defaultCountry === undefined ? {} : { defaultCountry }),
    });
    try {
      const plan = planColumns(table, mapping);
      const lines = new ContactLines(plan, table.columns, job.options.tags, defaultCountry);
      const phone = { index: plan.phone, column: table.columns[plan.phone] ?? '' };
      const chunks = new ChunkBuilder(lines, phone, job.lastRow);
      return await this.sessions.run(job, (session) => this.writeAll(table, chunks, session, pulse));
    } finally {
      await table.close();
    }
  }

  /** While Postgres writes a chunk, the next one is read: reading and writing each have a core. */
  private async writeAll(
    table: Table,
    chunks: ChunkBuilder,
    session: ImportSession,
    pulse: { readonly isCancelAsked: boolean },
  ): Promise<RunEnd> {
    let writing: Promise<ChunkOutcome> = Promise.resolve('written');
    try {
      for await (const batch of table.batches) {
        chunks.add(batch);
        const isInterrupted = pulse.isCancelAsked || this.isStopping;
        if (!chunks.isFull && !isInterrupted) continue;
        const end = endOf(await writing);
        if (end !== undefined) return end;
        writing = session.write(chunks.take());
        // Its failure is met at the next await; until then it must not count as unhandled.
        writing.catch(() => undefined);
        if (!isInterrupted) continue;
        return endOf(await writing) ?? (pulse.isCancelAsked ? 'cancelled' : 'shut down');
      }
      const end = endOf(await writing) ?? endOf(await session.write(chunks.take()));
      return end ?? 'read to the end';
    } finally {
      // The connection goes back to the pool: nothing of this import may still be on its way over it.
      await writing.catch(() => undefined);
    }
  }

  private async conclude(job: ImportJob, end: RunEnd): Promise<void> {
    switch (end) {
      case 'read to the end':
        await this.refreshStatistics(job);
        return this.finish(job, 'done', null);
      case 'cancelled':
        await this.refreshStatistics(job);
        return this.finish(job, 'cancelled', null);
      case 'shut down':
        return this.imports.release(job);
      case 'taken over':
        this.logger.warn(`import ${job.id} was taken over by another process`);
        return;
      default:
        assertNever(end);
    }
  }

  /**
   * Postgres looks for new rows once a minute. A campaign that is started right behind a first import would be prepared
   * without statistics: each chunk of 20,000 contacts is then planned as a sort of all that are left. So it is before
   * the import is over, and outside of its transactions, as it may fail (a VACUUM holds the same lock) and the import
   * must not.
   */
  private async refreshStatistics({ id, workspaceId, options }: ImportJob): Promise<void> {
    if (options.dryRun) return;
    try {
      const job = await this.imports.find(workspaceId, id);
      if (job !== null && job.rows.created >= ROWS_FOR_STATISTICS) await this.imports.refreshStatistics();
    } catch (error) {
      this.logger.warn(`the statistics of contacts are old behind import ${id}: ${messageOf(error)}`);
    }
  }

  private async stumble(job: ImportJob, error: unknown): Promise<void> {
    const fault = faultOf(error, job.fence);
    if (fault.kind === 'passing') {
      this.logger.warn(`import ${job.id} was interrupted and will go on: ${messageOf(error)}`);
      await this.imports.release(job);
      return;
    }
    if (fault.kind === 'ours')
      this.logger.error(`import ${job.id} failed: ${messageOf(error)}`, stackOf(error));
    await this.finish(job, 'failed', fault.text);
  }

  private async finish(
    job: ImportJob,
    status: Exclude<ImportStatus, 'running'>,
    error: string | null,
  ): Promise<void> {
    const finished = await this.sql.transaction(async (tx) => {
      const ended = await this.imports.finish(tx, job, status, error);
      if (ended === null) return null;
      const { id, fileName, rows, options, workspaceId } = ended;
      const payload = {
        id,
        status,
        fileName,
        rows,
        dryRun: options.dryRun,
        ...(error === null ? {} : { error }),
      };
      await this.outbox.add(tx, { workspaceId, type: 'import.completed', payload });
      return ended;
    });
    if (finished === null) return;
    await this.uploads.remove(job.filePath);
    const { read, created, updated, unchanged, failed } = finished.rows;
    this.logger.log(
      `import ${job.id} is ${status}: ${read} rows, ${created} created, ${updated} updated, ` +
        `${unchanged} unchanged, ${failed} failed`,
    );
  }
}

function endOf(outcome: ChunkOutcome): RunEnd | undefined {
  switch (outcome) {
    case 'written':
      return undefined;
    case 'cancel asked':
      return 'cancelled';
    case 'taken over':
      return 'taken over';
    default:
      return assertNever(outcome);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
