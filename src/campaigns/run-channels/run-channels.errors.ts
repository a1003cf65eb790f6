import type { ListedChannel } from '../../channels/channel-directory.js';
import { DomainError } from '../../common/domain-error.js';

type NamedChannel = Pick<ListedChannel, 'id' | 'name'>;

export class ChannelNotOfCampaignError extends DomainError {
  constructor(channelId: string, channelIds: readonly string[]) {
    super(
      'missing',
      'channel_not_of_campaign',
      `This campaign does not send over channel "${channelId}"; its channels are ${channelIds.join(', ')}.`,
      { params: { channelIds } },
    );
  }
}

/** What is left on a channel reaches its recipients over that channel alone. */
export class MessagesBoundError extends DomainError {
  constructor(removed: readonly NamedChannel[], messages: number) {
    const names = namesOf(removed);
    super(
      'conflict',
      'messages_bound',
      `${messages} messages that are not sent yet can only go over ${names}: their recipients wrote to it within 24 ` +
        'hours, and free text reaches them nowhere else. Leave the channel in and pause it for this campaign, or wait.',
      { params: { messages } },
    );
  }
}

/** A channel that cannot take over what was prepared for the others. */
export class ChannelNotAddableError extends DomainError {
  constructor(added: readonly NamedChannel[], why: string) {
    super('conflict', 'channel_not_addable', `Channel ${namesOf(added)} cannot be added: ${why}`, {
      errors: [{ pointer: '/channelIds', detail: why }],
    });
  }
}

function namesOf(channels: readonly NamedChannel[]): string {
  return channels.map(({ name }) => `"${name}"`).join(', ');
}
