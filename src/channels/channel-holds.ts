import { Injectable, Logger } from '@nestjs/common';
import { SendSql } from '../database/pools.js';
import type { Queryable } from '../database/sql.js';
import { AlertBook } from '../events/alert-book.js';
import { Outbox } from '../events/outbox.js';
import { ChannelHoldRepository, type HoldChange } from './channel-hold.repository.js';

/** The hold of a channel whose web session is lost: the only one that ends by itself. */
export const SESSION_DOWN = 'session_down';
/** The hold of a channel whose provider stopped its account or number. */
export const ACCOUNT_STOP = 'account_stop';

/**
 * Durable holds: a channel whose token or account does not work sends nothing until a person has mended it, whatever
 * is restarted meanwhile. The channel's new version wins wherever it is cached. Each change tells an event in its
 * transaction, `channel.held` or `channel.opened`.
 */
@Injectable()
export class ChannelHolds {
  private readonly logger = new Logger('Channels');

  constructor(
    private readonly rows: ChannelHoldRepository,
    private readonly outbox: Outbox,
    private readonly sql: SendSql,
    private readonly alerts: AlertBook,
  ) {}

  /**
   * Answers with the new version, or null when there was nothing to change.
   *
   * @param seenVersion the version under which the refused call was made: a call that was still on its way with the
   *   old token must not hold a channel that has a new one by now
   */
  async hold(
    channelId: string,
    code: string,
    reason: string,
    seenVersion?: number,
    db?: Queryable,
  ): Promise<number | null> {
    if (db === undefined) {
      return this.sql.transaction((tx) => this.hold(channelId, code, reason, seenVersion, tx));
    }
    const held = await this.rows.hold(db, channelId, code, reason, seenVersion ?? null);
    if (held === null) return null;
    this.logger.warn(`channel "${held.name}" is held (${code}): ${reason}`, { channelId, code });
    await this.tell(db, 'channel.held', channelId, held);
    await this.alerts.raise(
      db,
      { kind: 'channel_held', channelId },
      `Channel "${held.name}" is held (${code}): ${reason}`,
    );
    return held.version;
  }

  /** What is to be done about a hold of this code has changed; one of another code stays as it is. */
  async reword(channelId: string, code: string, reason: string, db: Queryable): Promise<void> {
    await this.rows.reword(db, channelId, code, reason);
  }

  /** Whatever the hold was; the new version, or null when there was none. */
  lift(workspaceId: string, channelId: string): Promise<number | null> {
    return this.sql.transaction((tx) => this.lifted(tx, channelId, { workspaceId }));
  }

  /** A hold of this code and no other. */
  async liftOf(channelId: string, code: string, db: Queryable): Promise<boolean> {
    return (await this.lifted(db, channelId, { code })) !== null;
  }

  private async lifted(
    tx: Queryable,
    channelId: string,
    only: Parameters<ChannelHoldRepository['lift']>[2],
  ): Promise<number | null> {
    const opened = await this.rows.lift(tx, channelId, only);
    if (opened === null) return null;
    await this.tell(tx, 'channel.opened', channelId, opened);
    await this.alerts.end(tx, { kind: 'channel_held', channelId });
    return opened.version;
  }

  private async tell(
    tx: Queryable,
    type: string,
    channelId: string,
    { workspaceId, name, code, reason }: HoldChange,
  ): Promise<void> {
    await this.outbox.add(tx, { workspaceId, type, payload: { channelId, name, code, reason } });
  }
}
