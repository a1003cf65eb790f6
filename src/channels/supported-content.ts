import type { ListedChannel } from './channel-directory.js';
import { DomainError } from '../common/domain-error.js';
import type { MessageContent } from './providers/message-content.js';

export class ContentUnsupportedError extends DomainError {
  constructor(channelName: string, fault: string, pointer: string) {
    const detail = `channel "${channelName}" cannot send this content: ${fault}`;
    super('unprocessable', 'content_unsupported', `${detail}.`, { errors: [{ pointer, detail }] });
  }
}

const ONE_CHANNEL_ONLY =
  'an uploaded file is known on the channel that it was uploaded to alone; choose that one, or give the url';

/**
 * Throws for the first channel whose provider cannot send it, before anything is prepared. So too for an uploaded file
 * over several channels: all but one of them would refuse it, message by message.
 */
export function refuseUnsupported(
  channels: readonly Pick<ListedChannel, 'name' | 'contentFault'>[],
  content: MessageContent,
  pointer = '/content',
): void {
  for (const channel of channels) {
    const fault = channel.contentFault(content);
    if (fault !== undefined) throw new ContentUnsupportedError(channel.name, fault, pointer);
  }
  const isUpload = 'mediaId' in content && content.mediaId !== undefined;
  if (isUpload && channels.length > 1) {
    throw new ContentUnsupportedError(channels[1]!.name, ONE_CHANNEL_ONLY, `${pointer}/mediaId`);
  }
}
