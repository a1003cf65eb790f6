import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Sql } from '../database/sql.js';
import { MESSAGE_EVENTS } from './event-type.js';
import { LISTENING } from './fan-out.js';

const LOOK_EVERY_MS = 1000;

const INTERESTED = {
  name: 'event-interest',
  text: `SELECT DISTINCT workspace_id AS id FROM subscriptions WHERE state IN ${LISTENING} AND events && $1::text[]`,
};

/**
 * Which workspaces ask for events of messages, so that those who move a thousand a second write none where nobody does:
 * without a subscription, all that is left of this is a look at a set. What it says is at most a second or so old; who
 * has just subscribed is told from then on. Where it says yes and nobody listens, the statement itself finds nobody.
 */
@Injectable()
export class EventInterest implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Events');
  /** Not known yet: everybody may be interested. */
  private interested: ReadonlySet<string> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly sql: Sql,
    private readonly config: Config,
  ) {}

  /** Whether events of this workspace's messages are to be written; without one, of any workspace's. */
  inMessages(workspaceId?: string): boolean {
    if (this.interested === undefined) return true;
    return workspaceId === undefined ? this.interested.size > 0 : this.interested.has(workspaceId);
  }

  /** Workers move messages, and an intake that applies what it is sent; other processes have no use for this. */
  async onApplicationBootstrap(): Promise<void> {
    const { roles } = this.config;
    if (!roles.has('worker') && !roles.has('router')) return;
    await this.look();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  look(): Promise<void> {
    this.looking ??= this.read().finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** What was known before stays true enough while Postgres is away: nothing moves then. */
  private async read(): Promise<void> {
    try {
      const rows = await this.sql.query<{ id: string }>(INTERESTED, [MESSAGE_EVENTS]);
      this.interested = new Set(rows.map(({ id }) => id));
    } catch (error) {
      this.logger.debug(`who is interested in messages could not be read: ${(error as Error).message}`);
    }
  }
}
