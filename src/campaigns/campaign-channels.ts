import { Injectable } from '@nestjs/common';
import { ChannelDirectory, type ListedChannel } from '../channels/channel-directory.js';
import { DomainError } from '../common/domain-error.js';

/** Turns what a request says of channels into channels of its workspace. */
@Injectable()
export class CampaignChannels {
  constructor(private readonly channels: ChannelDirectory) {}

  /** The named ones; without names the workspace's only channel. Throws naming what does not exist. */
  async resolve(workspaceId: string, ids: readonly string[]): Promise<ListedChannel[]> {
    const known = await this.channels.channelsOf(workspaceId);
    if (ids.length === 0) return [onlyOne(known)];
    const missing = ids.filter((id) => !known.some((channel) => channel.id === id));
    if (missing.length > 0) throw unknownChannels('channelIds', missing, known);
    return known.filter((channel) => ids.includes(channel.id));
  }

  /** Of the channels that a campaign was started with, those that there are still. */
  async stillThere(workspaceId: string, ids: readonly string[]): Promise<ListedChannel[]> {
    const known = await this.channels.channelsOf(workspaceId);
    return known.filter((channel) => ids.includes(channel.id));
  }

  /** By id or by name, as clients of other systems say it. */
  async named(workspaceId: string, word: string): Promise<ListedChannel> {
    const known = await this.channels.channelsOf(workspaceId);
    const lower = word.trim().toLowerCase();
    const found = known.find((channel) => channel.id === lower || channel.name.toLowerCase() === lower);
    if (found !== undefined) return found;
    throw new DomainError('missing', 'channel_not_found', `There is no channel "${word}". ${listed(known)}`, {
      params: { known: known.map((channel) => channel.name) },
    });
  }
}

function onlyOne(known: readonly ListedChannel[]): ListedChannel {
  const [first, ...others] = known;
  if (first !== undefined && others.length === 0) return first;
  const detail =
    first === undefined
      ? 'this workspace has no channel yet: make one with POST /api/channels'
      : `channelIds must say which channels to send from. ${listed(known)}`;
  throw new DomainError('unprocessable', 'channel_needed', detail, {
    errors: [{ pointer: '/channelIds', detail }],
    params: { known: known.map(({ id, name }) => ({ id, name })) },
  });
}

function unknownChannels(
  field: string,
  missing: readonly string[],
  known: readonly ListedChannel[],
): DomainError {
  const detail = `There is no channel ${missing.map((id) => `"${id}"`).join(', ')}. ${listed(known)}`;
  return new DomainError('unprocessable', 'channel_not_found', detail, {
    errors: [{ pointer: `/${field}`, detail }],
    params: { known: known.map(({ id, name }) => ({ id, name })) },
  });
}

function listed(known: readonly ListedChannel[]): string {
  if (known.length === 0) return 'This workspace has no channel yet: make one with POST /api/channels.';
  return `The channels are ${known.map((channel) => `"${channel.name}" (${channel.id})`).join(', ')}.`;
}
