import { Injectable } from '@nestjs/common';
import { ChannelBreakerRepository } from '../channels/channel-breaker.repository.js';
import type { ContactBudgetDto } from '../channels/budget.dto.js';
import { ChannelMissingError } from '../channels/channel.errors.js';
import { standingWarnings } from '../channels/standing.js';
import { StandingRepository } from '../channels/standing.repository.js';
import { Slowdowns } from './adaptive-slowdowns.js';
import { slowdownShown } from './adaptive-view.js';
import type { ChannelStatusDto } from './channel-status.dto.js';
import { ChannelLines, type OpenLine } from './channel-line.js';
import { ChannelUnknowns } from './channel-unknowns.js';
import { ContactBudgets, type ContactStanding } from './contact-budgets.js';
import { longRunPerSecond, slowedPerSecond } from './pacing.js';
import { RedisUnreachableError } from './redis-unreachable.error.js';
import { SessionRepository } from './session.repository.js';
import { SharedBreaker } from './shared-breaker.js';
import { Throttle } from './throttle.js';

const HEALTH_TIMEOUT_MS = 3000;

@Injectable()
export class ChannelStatusService {
  constructor(
    private readonly lines: ChannelLines,
    private readonly throttle: Throttle,
    private readonly breaker: SharedBreaker,
    private readonly breakers: ChannelBreakerRepository,
    private readonly slowdowns: Slowdowns,
    private readonly unknowns: ChannelUnknowns,
    private readonly sessions: SessionRepository,
    private readonly standings: StandingRepository,
    private readonly contacts: ContactBudgets,
  ) {}

  /** What a channel is doing now; asks the provider itself, so it takes as long as the provider does (3 s at most). */
  async of(workspaceId: string, channelId: string): Promise<ChannelStatusDto> {
    const { line, channel } = await this.lineOf(workspaceId, channelId);
    const shared = Promise.all([
      this.throttle.budget(channel),
      this.breaker.state(channelId),
      this.slowdowns.of(this.throttle.keyOf(channelId)),
    ]).catch(() => {
      throw new RedisUnreachableError('limits and breaker are not known');
    });
    const [health, [budget, breaker, slowdown], byHand, unknown, session, standing, contacts] =
      await Promise.all([
        line.health(HEALTH_TIMEOUT_MS),
        shared,
        this.breakers.find(workspaceId, channelId),
        this.unknowns.of(channelId),
        this.sessions.find(channelId),
        this.standings.find(channelId),
        this.contacts.of(channel),
      ]);
    const openedBy = byHand?.openedBy ?? null;
    const { limits, pacing } = channel;
    const slowed = slowdown === null ? null : slowdownShown(slowdown, Date.now());
    const sustained =
      slowed === null
        ? longRunPerSecond(limits, pacing)
        : slowedPerSecond(limits, pacing, slowed.share, slowdown!.intervalMs);
    return {
      connection: health.connection,
      ...(health.reason === undefined ? {} : { reason: health.reason }),
      breaker: openedBy === null ? breaker : 'open',
      ...(openedBy === null ? {} : { breakerOpenedBy: openedBy }),
      currentRatePerSecond: Number.isFinite(sustained) ? sustained : null,
      ...(slowed === null ? {} : { slowed }),
      budget: { ...budget.left, ...(contacts === null ? {} : { contacts: shownContacts(contacts) }) },
      ...(channel.heldCode === null
        ? budget.hold
        : {
            heldReason: channel.heldReason ?? channel.heldCode,
            heldSince: channel.heldSince?.toISOString(),
          }),
      inFlight: line.slots.openCalls,
      ...(unknown === null ? {} : { unknown }),
      ...(session === null ? {} : { session }),
      ...(standing === null ? {} : { standing }),
      warnings: standingWarnings(standing, limits, contacts?.today ?? null),
    };
  }

  private async lineOf(workspaceId: string, channelId: string): Promise<OpenLine> {
    const open = await this.lines.lineOf(channelId);
    if (open === null || open.channel.workspaceId !== workspaceId) {
      throw new ChannelMissingError(channelId);
    }
    return open;
  }
}

function shownContacts({
  left,
  used,
  today,
  tomorrow,
  nextPlaceAt,
  portfolioId,
}: ContactStanding): ContactBudgetDto {
  return {
    left,
    used,
    today,
    tomorrow,
    ...(nextPlaceAt === null ? {} : { nextPlaceAt: nextPlaceAt.toISOString() }),
    ...(portfolioId === null ? {} : { portfolioId }),
  };
}
