import { Injectable } from '@nestjs/common';
import { ChannelLines } from './channel-line.js';
import { EngineRedis } from './redis.provider.js';
import { Sql } from '../database/sql.js';
import { DeploymentCheck } from '../database/deployment.js';
import { Throttle, type ChannelBudget } from './throttle.js';

/** Why something is not sending right now. `code` is stable, `text` is for people. */
export interface SendingReason {
  readonly code: string;
  readonly text: string;
  /** ISO 8601; null where the moment is not known. */
  readonly since: string | null;
}

/** Answers P8 for one dispatch whose gate is open; what a person closed, the campaign itself knows. */
@Injectable()
export class SendingReasons {
  constructor(
    private readonly lines: ChannelLines,
    private readonly redis: EngineRedis,
    private readonly throttle: Throttle,
    private readonly deployment: DeploymentCheck,
    private readonly sql: Sql,
  ) {}

  /** Null while at least one of its channels may send now. */
  async of(dispatchId: string, channelIds: readonly string[]): Promise<SendingReason | null> {
    if (this.deployment.isHeld()) {
      return {
        code: 'database_restored',
        text: 'The database looks restored from a copy; a person must confirm.',
        since: null,
      };
    }
    const [channels, waiting] = await Promise.all([
      Promise.all(channelIds.map((channelId) => this.ofChannel(channelId))),
      this.waitingForRetry(dispatchId),
    ]);
    const maySend = channels.some((reason) => reason === null);
    return maySend ? waiting : (channels.at(-1) ?? waiting);
  }

  private async ofChannel(channelId: string): Promise<SendingReason | null> {
    const open = await this.lines.lineOf(channelId);
    if (open === null) return { code: 'channel_missing', text: 'The channel was deleted.', since: null };
    const { channel } = open;
    if (channel.heldCode !== null) {
      return {
        code: 'channel_held',
        text: `Channel "${channel.name}" is held: ${channel.heldReason ?? channel.heldCode}`,
        since: channel.heldSince?.toISOString() ?? null,
      };
    }
    let state: (string | null)[];
    let budget: ChannelBudget;
    try {
      [state, budget] = await Promise.all([
        this.redis.client.hmget(this.throttle.keyOf(channelId), 'open', 'held', 'heldCode'),
        this.throttle.budget(channel),
      ]);
    } catch {
      return {
        code: 'redis_unreachable',
        text: 'Redis cannot be reached; nothing is sent until it is back.',
        since: null,
      };
    }
    const nowMs = Date.now();
    const [open_, held, heldCode] = state;
    if (Number(open_ ?? 0) > nowMs) {
      return {
        code: 'breaker_open',
        text: `The breaker of channel "${channel.name}" is open until ${isoOf(open_)}: the provider kept failing.`,
        since: null,
      };
    }
    if (Number(held ?? 0) > nowMs) {
      return {
        code: 'throttled',
        text: `The provider asked channel "${channel.name}" to slow down (${heldCode ?? ''}); it goes on at ${isoOf(held)}.`,
        since: null,
      };
    }
    const spent = Object.entries(budget.left).find(([, messages]) => messages <= 0);
    if (spent !== undefined) {
      return {
        code: 'limit_spent',
        text: `The limit ${spent[0]} of channel "${channel.name}" is spent; it goes on as its window moves.`,
        since: null,
      };
    }
    return null;
  }

  /** Everything that is left waits for its own time: retries, or a limit that is spent. */
  private async waitingForRetry(dispatchId: string): Promise<SendingReason | null> {
    const [row] = await this.sql.query<{ ready: boolean; next: Date | null }>(
      `SELECT coalesce(bool_or(state = 'leased' OR not_before IS NULL OR not_before <= now()), false) AS ready,
              min(not_before) FILTER (WHERE state = 'ready') AS next
       FROM batches WHERE dispatch_id = $1 AND state IN ('ready', 'leased')`,
      [dispatchId],
    );
    if (row === undefined || row.ready || row.next === null) return null;
    return {
      code: 'waiting',
      text: `What is left waits for its turn (a retry or a limit of the channel) until ${row.next.toISOString()}.`,
      since: null,
    };
  }
}

function isoOf(ms: string | null | undefined): string {
  return new Date(Number(ms ?? 0)).toISOString();
}
