import { Body, Controller, Get, HttpCode, Param, Post, Query, StreamableFile } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { Idempotent } from '../../auth/idempotent.js';
import { CurrentPrincipal, LeastRole, type Principal } from '../../auth/principal.js';
import { PageQueryDto } from '../../common/page.dto.js';
import { contentOf } from '../../messages/message-request.js';
import { maskedBody } from '../inbound/shown-body.js';
import { ConversationMedia } from './conversation-media.js';
import type { ThreadMessage } from './conversation.js';
import {
  ConversationDto,
  ConversationPageDto,
  ConversationQueryDto,
  ReplyDto,
  ReplyPostedDto,
  ThreadPageDto,
} from './conversation.dto.js';
import type { ThreadMessageDto } from './conversation.dto.js';
import { ConversationService } from './conversation.service.js';

@ApiTags('Conversations')
@Controller('api/conversations')
export class ConversationController {
  constructor(
    private readonly conversations: ConversationService,
    private readonly media: ConversationMedia,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Who wrote to the numbers, the newest first' })
  @ApiOkResponse({ type: ConversationPageDto })
  list(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Query() { limit, cursor, search, unread }: ConversationQueryDto,
  ): Promise<ConversationPageDto> {
    return this.conversations.list(workspaceId, { search, isUnread: unread === true }, { limit, cursor });
  }

  @Get(':id')
  @ApiOperation({ summary: 'One conversation: one person on one number' })
  @ApiOkResponse({ type: ConversationDto })
  get(@CurrentPrincipal() { workspaceId }: Principal, @Param('id') id: string): Promise<ConversationDto> {
    return this.conversations.find(workspaceId, id);
  }

  @Get(':id/messages')
  @ApiOperation({ summary: 'What was written and what was sent, campaigns included, the newest first' })
  @ApiOkResponse({ type: ThreadPageDto })
  async thread(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id') id: string,
    @Query() { limit, cursor }: PageQueryDto,
  ): Promise<ThreadPageDto> {
    const page = await this.conversations.thread(workspaceId, id, { limit, cursor });
    return { items: page.items.map(shown), nextCursor: page.nextCursor };
  }

  @Post(':id/messages')
  @LeastRole('operator')
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({
    summary: 'Answer',
    description:
      'Stored when it is answered. Where the provider has the rule, free text is refused (`window_closed`) once 24 hours ' +
      "have passed since the person's last message; a template is not.",
  })
  @ApiAcceptedResponse({ type: ReplyPostedDto })
  @ApiConflictResponse({ description: '`window_closed`' })
  @ApiUnprocessableEntityResponse({ description: '`missing_variables`, `channel_not_found`' })
  async reply(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id') id: string,
    @Body() body: ReplyDto,
  ): Promise<ReplyPostedDto> {
    const content = contentOf(body.message ?? null, body.content ?? null);
    return { taskId: await this.conversations.reply(workspaceId, id, content) };
  }

  @Post(':id/read')
  @LeastRole('operator')
  @HttpCode(200)
  @ApiOperation({ summary: 'Nothing in it is unread any more' })
  @ApiOkResponse({ type: ConversationDto })
  markRead(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id') id: string,
  ): Promise<ConversationDto> {
    return this.conversations.markRead(workspaceId, id);
  }

  @Get(':id/messages/:messageId/media')
  @ApiOperation({ summary: 'The file of a message that came in, fetched from the provider now' })
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @ApiNotFoundResponse({ description: '`media_not_found`, `media_gone`' })
  @ApiUnprocessableEntityResponse({ description: '`media_too_large`' })
  async file(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id') id: string,
    @Param('messageId') messageId: string,
  ): Promise<StreamableFile> {
    const { media, download } = await this.media.open(workspaceId, id, messageId);
    return new StreamableFile(download.body, {
      // Never shown by a browser as a page of this origin, whatever it calls itself.
      type: 'application/octet-stream',
      disposition: `attachment; filename*=UTF-8''${encodeURIComponent(media.fileName ?? `${messageId}`)}`,
      ...(download.bytes === null ? {} : { length: download.bytes }),
    });
  }
}

function shown(message: ThreadMessage): ThreadMessageDto {
  return message.direction === 'in' ? { ...message, body: maskedBody(message.body) } : message;
}
