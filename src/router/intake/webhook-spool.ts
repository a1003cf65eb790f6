import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { spoolRecordOf } from './spool-record.js';
import { openedAtMs, SpoolSegment } from './spool-segment.js';
import type { WebhookEvent } from './webhook-event.js';
import { IntakeUnavailableError } from './webhook.errors.js';

export const SPOOL_FOLDER = 'spool';

/** A record that waits to be on the disk. */
interface Waiting {
  readonly record: Buffer;
  done(error?: Error): void;
}

/**
 * Webhooks that Postgres could not take and that nobody would bring again: records in files of CAUDAL_DATA_DIR, on the
 * disk before they are answered, as many as wait with one sync. SpoolDrain brings them to Postgres.
 */
@Injectable()
export class WebhookSpool implements OnApplicationShutdown {
  readonly folder: string;
  private readonly logger = new Logger('Webhooks');
  private readonly mostBytes: number;
  private readonly own = new Set<string>();
  private waiting: Waiting[] = [];
  private current: SpoolSegment | undefined;
  private writing: Promise<void> | undefined;
  private keptBytes = 0;
  private isKeeping = false;

  constructor(config: Config) {
    this.folder = join(config.dataDir, SPOOL_FOLDER);
    this.mostBytes = config.webhookSpoolMaxBytes;
  }

  /** Returns when it is on the disk; throws IntakeUnavailableError where it cannot be kept. */
  keep(event: WebhookEvent): Promise<void> {
    const record = spoolRecordOf(event);
    if (this.keptBytes + record.length > this.mostBytes) {
      return Promise.reject(
        new IntakeUnavailableError(
          'The webhook could not be stored, and the spool is full (CAUDAL_WEBHOOK_SPOOL_BYTES).',
        ),
      );
    }
    this.keptBytes += record.length;
    const kept = new Promise<void>((resolve, reject) => {
      this.waiting.push({ record, done: (error) => (error === undefined ? resolve() : reject(error)) });
    });
    this.writing ??= this.write();
    return kept;
  }

  /** Whether this process wrote it, and so knows when nothing comes to it any more. */
  isOwn(name: string): boolean {
    return this.own.has(name);
  }

  /** Where this is the segment that is being written, what comes from now on goes to another. */
  async roll(name: string | undefined = this.current?.name): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    if (this.current?.name !== name) return;
    const before = this.current;
    this.current = undefined;
    await before?.close();
  }

  /** Segments in the order in which they were opened; of other processes of this machine as well. */
  async segments(): Promise<string[]> {
    const names = await readdir(this.folder).catch((): string[] => []);
    const found = names.filter((name) => openedAtMs(name) !== undefined).toSorted();
    const sizes = await Promise.all(found.map((name) => sizeOf(join(this.folder, name))));
    this.keptBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
    if (found.length === 0) this.isKeeping = false;
    for (const name of this.own)
      if (!names.includes(name) && name !== this.current?.name) this.own.delete(name);
    return found;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.roll();
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        await this.append(group.map(({ record }) => record));
        for (const one of group) one.done();
        if (!this.isKeeping)
          this.logger.warn('webhooks that no provider repeats are kept on disk until Postgres is back');
        this.isKeeping = true;
      } catch (error) {
        this.logger.error(`webhooks cannot be kept on disk: ${(error as Error).message}`);
        this.abandon();
        for (const one of group)
          one.done(new IntakeUnavailableError('The webhook could not be stored, nor kept on disk.'));
      }
    }
    // In the same breath as the last look: what comes later begins anew.
    this.writing = undefined;
  }

  private async append(records: readonly Buffer[]): Promise<void> {
    for (;;) {
      if (this.current?.isFull === true) {
        await this.current.close();
        this.current = undefined;
      }
      this.current ??= await this.open();
      if (await this.current.append(records)) return;
    }
  }

  private async open(): Promise<SpoolSegment> {
    const segment = await SpoolSegment.open(this.folder);
    this.own.add(segment.name);
    return segment;
  }

  /** Whatever half record is at its end now, nothing comes behind it. */
  private abandon(): void {
    void this.current?.close().catch(() => undefined);
    this.current = undefined;
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
