import { Injectable, Logger } from '@nestjs/common';
import { ChannelCheckRepository } from '../channels/channel-check.repository.js';
import { ChannelHolds, SESSION_DOWN } from '../channels/channel-holds.js';
import type { SessionElement } from '../channels/providers/webhook-element.js';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { Sql, type Queryable } from '../database/sql.js';
import { BatchWaking } from '../ledger/batch-waking.repository.js';
import {
  isRestartDue,
  leftToPerson,
  lostReason,
  restartBegun,
  restartOrdered,
  sessionAfter,
  type RestartPolicy,
  type Session,
  type SessionSight,
} from './session-state.js';
import { SessionRepository } from './session.repository.js';

/** What was noted, for whoever looked. */
export interface NotedSession {
  /** Null where nothing is known of it yet. */
  readonly session: Session | null;
  /** The channel was held for it and is not any more. */
  readonly wasOpened: boolean;
}

/** Sooner than this before now, a time is not believed: a clock that is ahead must not outvote all that comes. */
const MOST_AHEAD_MS = 60_000;

/**
 * Notes what is seen of the sessions of channels, and holds the channel while its session is down: in one transaction
 * and under the channel's lock, whoever saw it. The hold has a code of its own and ends by itself; a channel that is
 * held for another reason stays so.
 */
@Injectable()
export class ChannelSessions {
  private readonly logger = new Logger('Sessions');

  constructor(
    private readonly sessions: SessionRepository,
    private readonly holds: ChannelHolds,
    private readonly checks: ChannelCheckRepository,
    private readonly waking: BatchWaking,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly sql: Sql,
  ) {}

  /**
   * A webhook spoke of it. Whatever it says is looked at soon: webhooks may come late, twice, or in another order. What
   * waits for the channel is woken in the same transaction and rung for by the next tick.
   */
  async heard(tx: Queryable, channelId: string, element: SessionElement): Promise<void> {
    const kept = await this.sessions.lock(tx, channelId, null);
    if (kept === null) return;
    const { connection, needsPerson, code, reason = null, at } = element;
    const saidMs = at === null || at.getTime() > this.clock.nowMs() + MOST_AHEAD_MS ? null : at.getTime();
    if (saidMs !== null && kept.saidAtMs !== null && saidMs < kept.saidAtMs) return;
    const sight: SessionSight = { source: 'webhook', connection, needsPerson, code, reason };
    await this.note(tx, channelId, kept.session, sight, saidMs);
    await this.checks.hasten(channelId, 'session', tx);
  }

  /** Somebody looked, beginning at `takenAt`: what was noted since then is newer, and stays. */
  saw(channelId: string, sight: SessionSight, takenAt: string): Promise<NotedSession> {
    return this.sql.transaction(async (tx) => {
      const kept = await this.sessions.lock(tx, channelId, takenAt);
      if (kept === null || kept.isNewer) return { session: kept?.session ?? null, wasOpened: false };
      return this.note(tx, channelId, kept.session, sight, null);
    });
  }

  /** A send was refused because it is down. */
  refused(channelId: string, { code, reason }: { code: string; reason: string }): Promise<void> {
    return this.sql.transaction(async (tx) => {
      const kept = await this.sessions.lock(tx, channelId, null);
      if (kept === null) return;
      const sight: SessionSight = {
        source: 'send',
        connection: 'disconnected',
        needsPerson: false,
        code,
        reason,
      };
      await this.note(tx, channelId, kept.session, sight, null);
      await this.checks.hasten(channelId, 'session', tx);
    });
  }

  /** Whether it is due and this caller's to restart: of several, one. */
  beginRestart(channelId: string): Promise<boolean> {
    return this.change(channelId, (session, nowMs) =>
      isRestartDue(session, nowMs, this.policy) ? restartBegun(session, nowMs, this.policy) : null,
    );
  }

  restartOrdered(channelId: string): Promise<boolean> {
    return this.change(channelId, (session, nowMs) => restartOrdered(session, nowMs, this.policy));
  }

  leftToPerson(channelId: string, code: string, reason: string): Promise<boolean> {
    return this.change(channelId, (session) => leftToPerson(session, code, reason));
  }

  private get policy(): RestartPolicy {
    const { sessionRestarts, sessionRestartMs } = this.config.upkeep;
    return { mostRestarts: sessionRestarts, firstWaitMs: sessionRestartMs };
  }

  private change(
    channelId: string,
    by: (session: Session, nowMs: number) => Session | null,
  ): Promise<boolean> {
    return this.sql.transaction(async (tx) => {
      const nowMs = this.clock.nowMs();
      const kept = await this.sessions.lock(tx, channelId, null);
      const session = kept?.session;
      const next = session === undefined || session === null ? null : by(session, nowMs);
      if (next === null) return false;
      await this.sessions.note(tx, channelId, next, null);
      if (next.connection !== 'connected') {
        await this.holds.reword(channelId, SESSION_DOWN, lostReason(next, nowMs, this.policy), tx);
      }
      return true;
    });
  }

  private async note(
    tx: Queryable,
    channelId: string,
    before: Session | null,
    sight: SessionSight,
    saidMs: number | null,
  ): Promise<NotedSession> {
    const nowMs = this.clock.nowMs();
    const session = sessionAfter(before, sight, nowMs, this.policy);
    if (session === null) return { session: before, wasOpened: false };
    await this.sessions.note(tx, channelId, session, saidMs);
    if (before?.connection !== session.connection) this.log(channelId, before, session);
    if (session.connection === 'connected') return { session, wasOpened: await this.open(tx, channelId) };
    const reason = lostReason(session, nowMs, this.policy);
    const held = await this.holds.hold(channelId, SESSION_DOWN, reason, undefined, tx);
    if (held === null) await this.holds.reword(channelId, SESSION_DOWN, reason, tx);
    return { session, wasOpened: false };
  }

  private async open(tx: Queryable, channelId: string): Promise<boolean> {
    const wasOpened = await this.holds.liftOf(channelId, SESSION_DOWN, tx);
    if (wasOpened) await this.waking.wake(channelId, tx);
    return wasOpened;
  }

  private log(channelId: string, before: Session | null, { connection, code, needsPerson }: Session): void {
    const facts = { channelId, code, needsPerson };
    if (connection !== 'connected') this.logger.warn(`the session of a channel is ${connection}`, facts);
    else if (before !== null) this.logger.log('the session of a channel is connected again', facts);
  }
}
