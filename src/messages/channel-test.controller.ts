import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../auth/idempotent.js';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { ChannelTestDto, TestChannelDto } from './channel-test.dto.js';
import { ChannelTests, type ChannelTest } from './channel-test.service.js';
import { messageRequestOf } from './message-request.js';
import { taskDtoOf } from './task.dto.js';
import { isOver } from './task.js';

const TEXT = 'Caudal: this channel sends.';

@ApiTags('Channels')
@Controller('api/channels')
export class ChannelTestController {
  constructor(private readonly tests: ChannelTests) {}

  @Post(':id/test')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({
    summary: 'Send one message from a channel, and say within eight seconds what came of it',
    description:
      'It goes as every single message: through the ledger, the limits and the breaker. Where it is still waiting ' +
      'then, `reason` says for what, and the task tells the rest.',
  })
  @ApiOkResponse({ type: ChannelTestDto })
  async test(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() { phone, message, content }: TestChannelDto,
  ): Promise<ChannelTestDto> {
    const what =
      content === undefined ? { message: message ?? TEXT } : { content, ...(message && { message }) };
    const request = messageRequestOf({ phone, channelId: id, category: 'service', ...what });
    return shown(await this.tests.run(workspaceId, id, request));
  }
}

/** What the message itself says comes first, then what keeps it from being sent, then what the provider says. */
function shown({ taskId, message, health, obstacle }: ChannelTest): ChannelTestDto {
  const task = taskDtoOf(taskId, message);
  const said = [task.result?.error ?? obstacle?.text, health.reason].filter((text) => text !== undefined);
  const reason = task.result?.success === true ? undefined : [...new Set(said)].join(' ');
  return {
    ...task,
    isPending: !isOver(message),
    connection: health.connection,
    ...(reason === undefined || reason === '' ? {} : { reason }),
  };
}
