import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { Idempotent } from '../auth/idempotent.js';
import { LegacyRoute } from '../auth/legacy-route.js';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { messageRequestOf } from './message-request.js';
import { MessagePostedDto, PostMessageDto } from './message.dto.js';
import { MessageService } from './message.service.js';

/** What the service that this route replaces says to its clients. */
const ENQUEUED = 'Mensaje encolado correctamente para procesamiento';

@ApiTags('Messages')
@Controller(['api/messages', 'messages'])
export class MessageController {
  constructor(private readonly messages: MessageService) {}

  @Post()
  @LegacyRoute()
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({
    summary: 'Send one message',
    description: 'Answered when the message is stored; the task says what became of it.',
  })
  @ApiAcceptedResponse({ type: MessagePostedDto })
  @ApiNotFoundResponse({ description: '`channel_not_found`: no channel has the name in `instance_name`' })
  @ApiUnprocessableEntityResponse({
    description: '`channel_needed`, `channel_not_found` or `missing_variables`',
  })
  @ApiServiceUnavailableResponse({ description: '`messages_unavailable` or `message_outcome_unknown`' })
  async post(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Body() body: PostMessageDto,
  ): Promise<MessagePostedDto> {
    const taskId = await this.messages.post(workspaceId, messageRequestOf(body));
    return { success: true, message: ENQUEUED, task_id: taskId };
  }
}
