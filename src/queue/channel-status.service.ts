import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { sustainedPerSecond } from './channel-limits.js';
import type { ChannelStatusDto } from './channel-status.dto.js';
import { ChannelLines, type OpenLine } from './channel-line.js';
import { SharedBreaker, type BreakerState } from './shared-breaker.js';
import { Throttle } from './throttle.js';

const HEALTH_TIMEOUT_MS = 3000;

@Injectable()
export class ChannelStatusService {
  constructor(
    private readonly lines: ChannelLines,
    private readonly throttle: Throttle,
    private readonly breaker: SharedBreaker,
  ) {}

  /** What a channel is doing now; asks the provider itself, so it takes as long as the provider does (3 s at most). */
  async of(workspaceId: string, channelId: string): Promise<ChannelStatusDto> {
    const { line, channel } = await this.lineOf(workspaceId, channelId);
    const [health, budget, breaker] = await Promise.all([
      line.health(HEALTH_TIMEOUT_MS),
      this.throttle.budget(channel),
      this.breaker.state(channelId),
    ]);
    const sustained = sustainedPerSecond(channel.limits);
    return {
      connection: health.connection,
      ...(health.reason === undefined ? {} : { reason: health.reason }),
      breaker,
      currentRatePerSecond: Number.isFinite(sustained) ? sustained : null,
      budget: budget.left,
      ...(channel.heldCode === null
        ? budget.hold
        : {
            heldReason: channel.heldReason ?? channel.heldCode,
            heldSince: channel.heldSince?.toISOString(),
          }),
      inFlight: line.slots.openCalls,
    };
  }

  /** A person's order to the breaker; answers the state after it. */
  async orderBreaker(
    workspaceId: string,
    channelId: string,
    action: 'open' | 'close',
  ): Promise<BreakerState> {
    await this.lineOf(workspaceId, channelId);
    return this.breaker.order(channelId, action);
  }

  private async lineOf(workspaceId: string, channelId: string): Promise<OpenLine> {
    const open = await this.lines.lineOf(channelId);
    if (open === null || open.channel.workspaceId !== workspaceId) {
      throw new DomainError('missing', 'channel_not_found', `There is no channel ${channelId}.`);
    }
    return open;
  }
}
