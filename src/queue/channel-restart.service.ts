import { Injectable, Logger } from '@nestjs/common';
import { ChannelMissingError } from '../channels/channel.errors.js';
import { DomainError } from '../common/domain-error.js';
import { ChannelLines } from './channel-line.js';
import type { Orderer } from './channel-orders.service.js';
import type { ChannelStatusDto } from './channel-status.dto.js';
import { ChannelStatusService } from './channel-status.service.js';

/** A session that comes up again shows a code, or connects, within this. */
const RESTART_TIMEOUT_MS = 15_000;

export class NothingToRestartError extends DomainError {
  constructor(name: string, provider: string) {
    super(
      'conflict',
      'nothing_to_restart',
      `Channel "${name}" is on ${provider}, which keeps no session: each message is a call of its own and there is ` +
        'nothing to restart. If it does not send, its status says why; a hold is lifted with ' +
        'POST /api/channels/:id/lift-hold, a breaker closed with POST /api/channels/:id/breaker.',
    );
  }
}

/** Restarts the session of a channel, where its provider keeps one. */
@Injectable()
export class ChannelRestarts {
  private readonly logger = new Logger('Channels');

  constructor(
    private readonly lines: ChannelLines,
    private readonly statuses: ChannelStatusService,
  ) {}

  /** Returns how the channel is afterwards. */
  async restart({ workspaceId, keyName }: Orderer, channelId: string): Promise<ChannelStatusDto> {
    const open = await this.lines.lineOf(channelId);
    if (open === null || open.channel.workspaceId !== workspaceId) throw new ChannelMissingError(channelId);
    const { line, channel } = open;
    if (!(await line.restart(RESTART_TIMEOUT_MS)))
      throw new NothingToRestartError(channel.name, channel.provider);
    this.logger.log('a session was restarted by hand', { channelId, by: keyName });
    return this.statuses.of(workspaceId, channelId);
  }
}
