import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { ReadyConfig } from '../config/config.js';

const ANSWER_WITHIN_MS = 1000;

/** What knows of a deployment besides its database; the check asks for no more than this. */
export interface Witness {
  /** Null when it cannot be asked now. */
  knows(mark: string): Promise<boolean | null>;
  remember(mark: string): Promise<void>;
}

/**
 * Redis and the data directory of this process keep the mark of the database that they belong to: a copy of the
 * database brings neither along. One of the two is enough, since either may be lost without harm (a Redis that was
 * wiped, a container whose disk goes with it).
 */
export class DeploymentWitness implements Witness {
  private readonly client: Redis;
  private readonly key: string;
  private readonly folder: string;
  private written: string | undefined;

  constructor({ redisUrl, redisPrefix, dataDir }: ReadyConfig) {
    this.key = `${redisPrefix}:deployment`;
    this.folder = dataDir;
    this.client = new Redis(redisUrl, {
      lazyConnect: true,
      commandTimeout: ANSWER_WITHIN_MS,
      connectTimeout: ANSWER_WITHIN_MS,
      maxRetriesPerRequest: 0,
      retryStrategy: (tries) => Math.min(50 * tries, 1000),
    });
    // Whoever sends has a connection of its own, and says when it is lost.
    this.client.on('error', () => undefined);
  }

  async knows(mark: string): Promise<boolean | null> {
    if ((await this.readFile()) === mark) return true;
    try {
      return (await this.client.get(this.key)) === mark;
    } catch {
      return null;
    }
  }

  /** Said again and again, so that a Redis that was wiped knows it soon after. */
  async remember(mark: string): Promise<void> {
    await this.client.set(this.key, mark).catch(() => undefined);
    if (this.written === mark) return;
    this.written = mark;
    // A disk that is full or read-only leaves the word to Redis.
    await this.writeFile(mark).catch(() => undefined);
  }

  close(): void {
    this.client.disconnect();
  }

  private readFile(): Promise<string> {
    return readFile(join(this.folder, 'deployment'), 'utf8').catch(() => '');
  }

  private async writeFile(mark: string): Promise<void> {
    if ((await this.readFile()) === mark) return;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeFile(join(this.folder, 'deployment'), mark, { mode: 0o600 });
  }
}
