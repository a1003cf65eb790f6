import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { isFaultOfData } from '../application/poison.js';
import { BacklogSignal } from '../backlog-signal.js';
import { readSpool } from './spool-record.js';
import { openedAtMs, SETTLED_MS } from './spool-segment.js';
import type { WebhookEvent } from './webhook-event.js';
import { WebhookSpool } from './webhook-spool.js';
import { WebhookStore } from './webhook-store.js';

const LOOK_EVERY_MS = 1000;
const MOST_EVENTS = 250;
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * Brings what the spool keeps to Postgres, oldest first, and takes a segment away once all of it is durable there.
 * Whatever was brought already (by the intake itself, or by another process that found the same segment) is known by
 * proof and bytes, so doing it twice is harmless. A segment of another process is touched only when nothing can be
 * written to it any more.
 */
@Injectable()
export class SpoolDrain implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  private lastCause: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private draining: Promise<void> | undefined;
  private isStopping = false;

  constructor(
    private readonly spool: WebhookSpool,
    private readonly webhooks: WebhookStore,
    private readonly signal: BacklogSignal,
  ) {}

  onApplicationBootstrap(): void {
    this.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.draining;
  }

  /** Everything that may be brought now, up to the first thing that cannot. */
  async drain(): Promise<void> {
    const names = await this.spool.segments();
    for (const name of names) {
      await this.spool.roll(name);
      const isSettled = this.spool.isOwn(name) || Date.now() - (openedAtMs(name) ?? 0) > SETTLED_MS;
      if (!isSettled || this.isStopping || !(await this.bring(name))) return;
    }
    if (names.length > 0) await this.spool.segments();
  }

  private look(): void {
    this.timer = setTimeout(() => {
      this.draining = this.drain()
        .catch((error: Error) => this.logger.error(`the spool of webhooks cannot be read: ${error.message}`))
        .finally(() => {
          if (!this.isStopping) this.look();
        });
    }, LOOK_EVERY_MS);
  }

  /** False where Postgres still cannot take it. */
  private async bring(name: string): Promise<boolean> {
    const path = join(this.spool.folder, name);
    const bytes = await readFile(path).catch(() => null);
    if (bytes === null) return true;
    const { events, tornBytes } = readSpool(bytes);
    try {
      for (const group of groupsOf(events)) await this.webhooks.insert(group);
    } catch (error) {
      if (!isFaultOfData(error)) return this.wait(error as Error);
      this.logger.error(
        `${name} of the spool is set aside: Postgres refuses it: ${(error as Error).message}`,
      );
      await rename(path, `${path}.refused`);
      return true;
    }
    this.signal.raise();
    this.lastCause = undefined;
    this.logger.log(`${events.length} webhooks that were kept on disk are stored`);
    if (tornBytes === 0) await rm(path, { force: true });
    else await this.setTornAside(path, name, tornBytes);
    return true;
  }

  /** One line a cause, however long it lasts. */
  private wait({ message }: Error): false {
    if (message !== this.lastCause) this.logger.warn(`what the spool keeps cannot be stored yet: ${message}`);
    this.lastCause = message;
    return false;
  }

  private async setTornAside(path: string, name: string, bytes: number): Promise<void> {
    this.logger.warn(
      `${bytes} bytes at the end of ${name} of the spool are no whole webhook: it was not answered 200; kept as ${name}.torn`,
    );
    await rename(path, `${path}.torn`);
  }
}

function groupsOf(events: readonly WebhookEvent[]): WebhookEvent[][] {
  const groups: WebhookEvent[][] = [];
  let bytes = Infinity;
  for (const event of events) {
    const last = groups.at(-1);
    if (last === undefined || last.length >= MOST_EVENTS || bytes + event.body.length > MOST_BYTES) {
      groups.push([event]);
      bytes = event.body.length;
    } else {
      last.push(event);
      bytes += event.body.length;
    }
  }
  return groups;
}
