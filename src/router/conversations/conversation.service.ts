import { Injectable } from '@nestjs/common';
import { ChannelDirectory } from '../../channels/channel-directory.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { variablesOf } from '../../channels/render-content.js';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { decodeCursor, pageOf, type Page } from '../../common/page.js';
import { MessageService } from '../../messages/message.service.js';
import { WINDOW_MS, type Conversation, type ThreadMessage, type ThreadPlace } from './conversation.js';
import { ConversationRepository, type ConversationFilter } from './conversation.repository.js';
import { ThreadRepository } from './thread.repository.js';

/** A conversation as it is shown: with the end of its 24 hours, where its channel has the rule. */
export interface ShownConversation extends Conversation {
  readonly windowClosesAt: Date | null;
}

interface PageWish {
  readonly limit: number;
  readonly cursor?: string;
}

const LONGEST_ID = /^\d{1,18}$/;

@Injectable()
export class ConversationService {
  constructor(
    private readonly conversations: ConversationRepository,
    private readonly threads: ThreadRepository,
    private readonly channels: ChannelDirectory,
    private readonly messages: MessageService,
    private readonly clock: Clock,
  ) {}

  async list(
    workspaceId: string,
    filter: ConversationFilter,
    { limit, cursor }: PageWish,
  ): Promise<Page<ShownConversation>> {
    const place = decodeCursor(cursor, isPlaceOfList);
    const before = place === null ? null : { lastMessageAtMs: place[0], id: place[1] };
    const rows = await this.conversations.list(workspaceId, filter, before, limit + 1);
    const withWindow = await this.channelsWithWindow(workspaceId);
    return pageOf(
      rows,
      limit,
      (row) => [row.lastMessageAt.getTime(), row.id],
      (row) => shownOf(row, withWindow),
    );
  }

  async find(workspaceId: string, id: string): Promise<ShownConversation> {
    const conversation = LONGEST_ID.test(id) ? await this.conversations.find(workspaceId, id) : null;
    if (conversation === null) {
      throw new DomainError(
        'missing',
        'conversation_not_found',
        `There is no conversation ${id} in this workspace.`,
      );
    }
    return shownOf(conversation, await this.channelsWithWindow(workspaceId));
  }

  async thread(workspaceId: string, id: string, { limit, cursor }: PageWish): Promise<Page<ThreadMessage>> {
    const place = decodeCursor(cursor, isPlaceOfThread);
    const before: ThreadPlace | null =
      place === null ? null : { atMs: place[0], direction: place[1] === 'in' ? 'in' : 'out', id: place[2] };
    const conversation = await this.find(workspaceId, id);
    return pageOf(
      await this.threads.page(workspaceId, conversation, before, limit + 1),
      limit,
      (message) => [message.at.getTime(), message.direction, message.id],
      (message) => message,
    );
  }

  /** Sends an answer as a single message; returns its task. Free text only while the 24 hours last. */
  async reply(workspaceId: string, id: string, content: MessageContent): Promise<string> {
    const conversation = await this.find(workspaceId, id);
    this.mustBeOpen(conversation, content);
    const valueless = variablesOf(content).map(({ name }) => `{{${name}}}`);
    if (valueless.length > 0) {
      throw new DomainError(
        'unprocessable',
        'missing_variables',
        `A reply is sent as it is written: nothing stands for ${valueless.join(', ')}.`,
        { errors: [{ pointer: '/message', detail: 'write the values themselves' }] },
      );
    }
    const taskId = await this.messages.postTo(workspaceId, {
      recipient: conversation.phone,
      channelId: conversation.channelId,
      content,
      category: 'service',
    });
    await this.conversations.answered(workspaceId, id, textIn(content));
    return taskId;
  }

  async markRead(workspaceId: string, id: string): Promise<ShownConversation> {
    const conversation = await this.find(workspaceId, id);
    await this.conversations.markRead(workspaceId, id);
    return { ...conversation, unread: 0 };
  }

  private mustBeOpen({ windowClosesAt }: ShownConversation, content: MessageContent): void {
    if (content.type === 'template' || windowClosesAt === null || windowClosesAt > this.clock.now()) return;
    throw new DomainError(
      'conflict',
      'window_closed',
      `The 24 hours after the person's last message ended at ${windowClosesAt.toISOString()}: until they write again, ` +
        'only a template reaches them (content with type "template").',
    );
  }

  private async channelsWithWindow(workspaceId: string): Promise<ReadonlySet<string>> {
    const channels = await this.channels.channelsOf(workspaceId);
    return new Set(channels.filter(({ capabilities }) => capabilities.hasServiceWindow).map(({ id }) => id));
  }
}

function shownOf(conversation: Conversation, withWindow: ReadonlySet<string>): ShownConversation {
  const hasWindow = withWindow.has(conversation.channelId);
  const closesAt = new Date(conversation.lastInboundAt.getTime() + WINDOW_MS);
  return { ...conversation, windowClosesAt: hasWindow ? closesAt : null };
}

function textIn(content: MessageContent): string {
  if (content.type === 'text') return content.text;
  return 'caption' in content && typeof content.caption === 'string' ? content.caption : '';
}

function isPlaceOfList(key: unknown): key is [number, string] {
  return Array.isArray(key) && Number.isFinite(key[0]) && LONGEST_ID.test(String(key[1]));
}

function isPlaceOfThread(key: unknown): key is [number, string, string] {
  return (
    Array.isArray(key) && Number.isFinite(key[0]) && typeof key[1] === 'string' && typeof key[2] === 'string'
  );
}
