import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { ChannelStatusDto } from './channel-status.dto.js';
import { ChannelStatusService } from './channel-status.service.js';

@ApiTags('Channels')
@Controller('api/channels')
export class ChannelStatusController {
  constructor(private readonly service: ChannelStatusService) {}

  @Get(':id/status')
  @ApiOperation({ summary: 'What a channel is doing now: connection, breaker, budget, holds' })
  @ApiOkResponse({ type: ChannelStatusDto })
  status(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<ChannelStatusDto> {
    return this.service.of(principal.workspaceId, id);
  }
}
