import { Injectable, Logger } from '@nestjs/common';
import { ChannelCheckRepository } from '../channels/channel-check.repository.js';
import { ChannelMissingError } from '../channels/channel.errors.js';
import { assertNever } from '../common/assert-never.js';
import { ChannelLines } from './channel-line.js';
import type { Orderer } from './channel-orders.service.js';
import { ChannelSessions } from './channel-sessions.js';
import type { ChannelStatusDto } from './channel-status.dto.js';
import { ChannelStatusService } from './channel-status.service.js';
import { NothingToRestartError, RestartFailedError, SessionNeedsPersonError } from './session.errors.js';

/** A session that comes up again shows a code, or connects, within this. */
const RESTART_TIMEOUT_MS = 15_000;

/** Restarts the session of a channel by hand, where its provider keeps one. */
@Injectable()
export class ChannelRestarts {
  private readonly logger = new Logger('Channels');

  constructor(
    private readonly lines: ChannelLines,
    private readonly statuses: ChannelStatusService,
    private readonly sessions: ChannelSessions,
    private readonly checks: ChannelCheckRepository,
  ) {}

  /** Returns how the channel is afterwards. A person has acted: what the watch had counted begins anew. */
  async restart({ workspaceId, keyName }: Orderer, channelId: string): Promise<ChannelStatusDto> {
    const open = await this.lines.lineOf(channelId);
    if (open === null || open.channel.workspaceId !== workspaceId) throw new ChannelMissingError(channelId);
    const { line, channel } = open;
    const answer = await line.restart(RESTART_TIMEOUT_MS);
    if (answer === null) throw new NothingToRestartError(channel.name, channel.provider);
    this.logger.log('a session was restarted by hand', { channelId, by: keyName, answer: answer.kind });
    switch (answer.kind) {
      case 'restarting':
        await this.sessions.restartOrdered(channelId);
        await this.checks.hasten(channelId, 'session');
        return this.statuses.of(workspaceId, channelId);
      case 'needs_person':
        await this.sessions.leftToPerson(channelId, answer.code, answer.reason);
        throw new SessionNeedsPersonError(channel.name, answer.code, answer.reason);
      case 'failed':
        throw new RestartFailedError(channel.name, answer.code, answer.reason);
      default:
        return assertNever(answer);
    }
  }
}
