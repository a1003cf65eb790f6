import { Injectable, Logger } from '@nestjs/common';
import { ChannelClients } from '../channels/channel-clients.js';
import { ChannelMissingError } from '../channels/channel.errors.js';
import type { QrCode } from '../channels/providers/provider-answers.js';
import type { Orderer } from './channel-orders.service.js';
import { ChannelSessions } from './channel-sessions.js';
import { LinkCodeFailedError, NothingToLinkError } from './session.errors.js';

const CODE_TIMEOUT_MS = 10_000;

/** The code by which a person links a phone to the session of a channel. */
@Injectable()
export class SessionLinks {
  private readonly logger = new Logger('Channels');

  constructor(
    private readonly clients: ChannelClients,
    private readonly sessions: ChannelSessions,
  ) {}

  /** Null when it needs none. Whoever has the code can take the number over: it goes to who asked, and nowhere else. */
  async codeOf({ workspaceId, keyName }: Orderer, channelId: string): Promise<QrCode | null> {
    const open = await this.clients.clientOf(channelId);
    if (open === null || open.channel.workspaceId !== workspaceId) throw new ChannelMissingError(channelId);
    const { client, channel } = open;
    if (client.qrCode === undefined) throw new NothingToLinkError(channel.name, channel.provider);
    this.logger.log('the code to link a session was asked for', { channelId, by: keyName });
    const code = await client.qrCode(CODE_TIMEOUT_MS).catch((error: Error) => {
      throw new LinkCodeFailedError(channel.name, `${error.message}.`);
    });
    // A restart would draw another code while this one is being scanned.
    if (code !== null) await this.sessions.leftToPerson(channelId, 'code_to_scan', 'A code must be scanned.');
    return code;
  }
}
