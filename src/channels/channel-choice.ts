import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { ChannelDirectory, type ListedChannel } from './channel-directory.js';

/** What a request says of the number to send from. */
export interface ChannelChoice {
  readonly channelId: string | null;
  /** As clients of Evolution API name it. */
  readonly instanceName: string | null;
}

/** Finds the channel that a request without a campaign is for. */
@Injectable()
export class ChannelChoices {
  constructor(private readonly directory: ChannelDirectory) {}

  /** The named one; where none is named, the only one. Throws naming those that there are. */
  async choose(workspaceId: string, { channelId, instanceName }: ChannelChoice): Promise<ListedChannel> {
    const known = await this.directory.channelsOf(workspaceId);
    if (instanceName !== null) return byName(known, instanceName);
    return channelId === null ? onlyOne(known) : byId(known, channelId);
  }
}

function byName(known: readonly ListedChannel[], name: string): ListedChannel {
  const lower = name.trim().toLowerCase();
  const found = known.find((channel) => channel.name.toLowerCase() === lower || channel.id === lower);
  if (found !== undefined) return found;
  const detail = `There is no channel "${name}". ${listed(known)}`;
  throw new DomainError('missing', 'channel_not_found', detail, {
    errors: [{ pointer: '/instance_name', detail }],
    params: { known: known.map((channel) => channel.name) },
  });
}

function byId(known: readonly ListedChannel[], id: string): ListedChannel {
  const found = known.find((channel) => channel.id === id.toLowerCase());
  if (found !== undefined) return found;
  const detail = `There is no channel "${id}". ${listed(known)}`;
  throw new DomainError('unprocessable', 'channel_not_found', detail, {
    errors: [{ pointer: '/channelId', detail }],
    params: { known: known.map(({ id: knownId, name }) => ({ id: knownId, name })) },
  });
}

function onlyOne(known: readonly ListedChannel[]): ListedChannel {
  const [first, ...others] = known;
  if (first !== undefined && others.length === 0) return first;
  const detail =
    first === undefined
      ? 'this workspace has no channel yet: make one with POST /api/channels'
      : `channelId (or instance_name) must say which channel to send from. ${listed(known)}`;
  throw new DomainError('unprocessable', 'channel_needed', detail, {
    errors: [{ pointer: '/channelId', detail }],
    params: { known: known.map(({ id, name }) => ({ id, name })) },
  });
}

function listed(known: readonly ListedChannel[]): string {
  if (known.length === 0) return 'This workspace has no channel yet: make one with POST /api/channels.';
  return `The channels are ${known.map((channel) => `"${channel.name}" (${channel.id})`).join(', ')}.`;
}
