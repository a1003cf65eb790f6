import { Injectable, Logger } from '@nestjs/common';
import { assertNever } from '../common/assert-never.js';
import { ChannelCheckRepository } from '../channels/channel-check.repository.js';
import { ChannelHolds, SESSION_DOWN } from '../channels/channel-holds.js';
import type { SendOutcome } from '../channels/providers/send-outcome.js';
import { Sql } from '../database/sql.js';
import { SuppressionRepository } from '../ledger/suppression.repository.js';
import { AdaptiveRate } from './adaptive-rate.js';
import { ChannelSessions } from './channel-sessions.js';

/** A wrong variable is refused as a paused template is, and ten thousand times: lists are not read for each. */
const TEMPLATES_EVERY_MS = 60_000;

/** The call that an outcome belongs to. */
export interface CallContext {
  readonly channelId: string;
  readonly channelVersion: number;
  readonly workspaceId: string;
  readonly recipient: string;
}

/** What an outcome means beyond its own message: holds and rate of the channel, suppressions of the person. */
@Injectable()
export class OutcomeEffects {
  private readonly logger = new Logger('Queue');
  private readonly templatesReadMs = new Map<string, number>();

  constructor(
    private readonly rate: AdaptiveRate,
    private readonly holds: ChannelHolds,
    private readonly sessions: ChannelSessions,
    private readonly checks: ChannelCheckRepository,
    private readonly suppressions: SuppressionRepository,
    private readonly sql: Sql,
  ) {}

  /** Failing here must not lose the outcome itself, which is settled after this returns. */
  async of(outcome: SendOutcome, call: CallContext): Promise<void> {
    try {
      await this.apply(outcome, call);
    } catch (error) {
      this.logger.warn(
        `what ${outcome.kind} means for channel ${call.channelId} could not be noted: ${(error as Error).message}`,
      );
    }
  }

  private async apply(
    outcome: SendOutcome,
    { channelId, channelVersion, workspaceId, recipient }: CallContext,
  ): Promise<void> {
    switch (outcome.kind) {
      case 'throttled':
        // A pair limit concerns one recipient, whose row waits; the channel is as fast as it was.
        if (outcome.scope !== 'pair')
          await this.rate.throttled(channelId, outcome.retryAfterMs, outcome.code);
        return;
      case 'blocked':
        await this.block(outcome, channelId, channelVersion);
        return;
      case 'rejected':
        if (outcome.failureClass === 'permanent_config') await this.readTemplates(channelId);
        if (outcome.suppress === true) {
          await this.suppressions.suppress(this.sql, {
            workspaceId,
            recipients: [recipient],
            category: 'marketing',
            reason: outcome.code,
            source: 'provider',
          });
        }
        return;
      case 'accepted':
      case 'retryable':
      case 'unavailable':
      case 'unknown':
        return;
      default:
        assertNever(outcome);
    }
  }

  /** A template may have been paused or changed, which stops the campaigns on it before more of them is refused. */
  private async readTemplates(channelId: string): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - (this.templatesReadMs.get(channelId) ?? -Infinity) < TEMPLATES_EVERY_MS) return;
    this.templatesReadMs.set(channelId, nowMs);
    await this.checks.hasten(channelId, 'templates');
  }

  /** Under the version of the call: an answer to the old token must not hold a channel that has a new one by now. */
  private async block(
    { code, reason, failureClass }: Extract<SendOutcome, { kind: 'blocked' }>,
    channelId: string,
    version: number,
  ): Promise<void> {
    const isOfSession = failureClass === 'session_down';
    const held = await this.holds.hold(channelId, isOfSession ? SESSION_DOWN : code, reason, version);
    // Of many calls that fail at once, the one that held the channel.
    if (held !== null && isOfSession) await this.sessions.refused(channelId, { code, reason });
  }
}
