import { Injectable, Logger } from '@nestjs/common';
import { assertNever } from '../common/assert-never.js';
import { ChannelHolds } from '../channels/channel-holds.js';
import type { SendOutcome } from '../channels/providers/send-outcome.js';
import { Sql } from '../database/sql.js';
import { SuppressionRepository } from '../ledger/suppression.repository.js';
import { AdaptiveRate } from './adaptive-rate.js';

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

  constructor(
    private readonly rate: AdaptiveRate,
    private readonly holds: ChannelHolds,
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
        // Under the version of the call: an answer to the old token must not hold a channel that has a new one by now.
        await this.holds.hold(channelId, outcome.code, outcome.reason, channelVersion);
        return;
      case 'rejected':
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
}
