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
  async choose(workspaceId: string, choice: ChannelChoice): Promise<ListedChannel> {
    const { channelId, instanceName } = choice;
    const isNamed = channelId !== null || instanceName !== null;
    const recent = isNamed && this.directory.recentChannel(workspaceId, (channel) => isIt(channel, choice));
    if (recent) return recent;
    const known = await this.directory.channelsOf(workspaceId);
    if (instanceName !== null) return byName(known, instanceName);
    return channelId === null ? onlyOne(known) : byId(known, channelId);
  }
}

function isIt({ id, name }: ListedChannel, { channelId, instanceName }: ChannelChoice): boolean {
  if (instanceName === null) return id === channelId?.toLowerCase();
  const lower = instanceName.trim().toLowerCase();
  return name.toLowerCase() === lower || id === lower;
}

function byName(known: readonly ListedChannel[], name: string): ListedChannel {
  const found = known.find((channel) => isIt(channel, { channelId: null, instanceName: name }));
  if (found !== undefined) return found;
  const detail = `There is no channel "${name}". ${listed(known)}`;
  throw new DomainError('missing', 'channel_not_found', detail, {
    errors: [{ pointer: '/instance_name', detail }],
    params: { known: known.map((channel) => channel.name) },
  });
}

function byId(known: readonly ListedChannel[], id: string): ListedChannel {
  const found = known.find((channel) => isIt(channel, { channelId: id, instanceName: null }));
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
