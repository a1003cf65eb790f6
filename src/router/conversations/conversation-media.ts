import { Injectable } from '@nestjs/common';
import { ChannelClients } from '../../channels/channel-clients.js';
import type { InboundMedia } from '../../channels/providers/inbound-message.js';
import type { MediaDownload } from '../../channels/providers/provider-answers.js';
import { DomainError } from '../../common/domain-error.js';
import { Config } from '../../config/config.js';
import { ConversationService } from './conversation.service.js';
import { ThreadRepository } from './thread.repository.js';

const FETCH_TIMEOUT_MS = 30_000;

export interface OpenedMedia {
  readonly media: InboundMedia;
  readonly download: Extract<MediaDownload, { kind: 'media' }>;
}

/** Files of messages that came in, fetched from the provider when somebody asks for them: Caudal keeps none. */
@Injectable()
export class ConversationMedia {
  constructor(
    private readonly conversations: ConversationService,
    private readonly threads: ThreadRepository,
    private readonly clients: ChannelClients,
    private readonly config: Config,
  ) {}

  async open(workspaceId: string, conversationId: string, messageId: string): Promise<OpenedMedia> {
    const conversation = await this.conversations.find(workspaceId, conversationId);
    const isId = /^\d{1,18}$/.test(messageId);
    const body = isId ? await this.threads.inbound(workspaceId, conversation, messageId) : null;
    if (body === null || body.type !== 'media') {
      throw new DomainError('missing', 'media_not_found', `Message ${messageId} holds no file.`);
    }
    const open = await this.clients.clientOf(conversation.channelId);
    if (open?.client.openMedia === undefined) {
      throw new DomainError(
        'conflict',
        'media_not_offered',
        'The provider of this channel hands out no files.',
      );
    }
    const download = await open.client.openMedia(body.media.ref, {
      deadlineMs: FETCH_TIMEOUT_MS,
      maxBytes: this.config.mediaMaxBytes,
    });
    return { media: body.media, download: this.opened(download) };
  }

  private opened(download: MediaDownload): Extract<MediaDownload, { kind: 'media' }> {
    switch (download.kind) {
      case 'media':
        return download;
      case 'gone':
        throw new DomainError('missing', 'media_gone', 'The provider does not keep this file any more.');
      case 'too_large':
        throw new DomainError(
          'unprocessable',
          'media_too_large',
          `The file is larger than CAUDAL_MEDIA_MAX_BYTES (${this.config.mediaMaxBytes}).`,
        );
      case 'failed':
        throw new DomainError('unavailable', 'media_unavailable', download.reason);
    }
  }
}
