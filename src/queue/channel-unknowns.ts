import { Injectable } from '@nestjs/common';
import { ChannelClients } from '../channels/channel-clients.js';
import { Config } from '../config/config.js';
import { MOST_COUNTED, UnknownRepository } from '../ledger/unknown.repository.js';
import type { ChannelUnknownsDto } from './channel-status.dto.js';

const HOUR_MS = 3_600_000;

/** How many messages of a channel nobody can tell about right now, and what settles them. */
@Injectable()
export class ChannelUnknowns {
  constructor(
    private readonly unknowns: UnknownRepository,
    private readonly clients: ChannelClients,
    private readonly config: Config,
  ) {}

  /** Null where every message is known. */
  async of(channelId: string): Promise<ChannelUnknownsDto | null> {
    const { messages, since } = await this.unknowns.ofChannel(channelId);
    if (messages === 0 || since === null) return null;
    const open = await this.clients.clientOf(channelId);
    const canBeAsked = open?.capabilities.canLookUp === true;
    const hours = Math.round((this.config.engine.unknownHorizonMs / HOUR_MS) * 10) / 10;
    const settled = canBeAsked
      ? "The provider's statuses settle them, and it is asked about each."
      : "The provider's statuses settle them; it cannot be asked.";
    return {
      messages,
      since: since.toISOString(),
      text:
        `Of ${messages === MOST_COUNTED ? `${messages} or more` : messages} of its messages it is not known whether the ` +
        `provider took them. ${settled} What is left ${hours} hours after its call is unconfirmed.`,
    };
  }
}
