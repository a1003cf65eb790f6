import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { BreakerOrderDto, BreakerStateDto, ChannelStatusDto } from './channel-status.dto.js';
import { ChannelStatusService } from './channel-status.service.js';

@ApiTags('Channels')
@ApiBearerAuth()
@Controller('api/channels')
export class ChannelStatusController {
  constructor(private readonly service: ChannelStatusService) {}

  @Get(':id/status')
  @ApiOperation({ summary: 'What a channel is doing now: connection, breaker, budget, holds.' })
  @ApiOkResponse({ type: ChannelStatusDto })
  status(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<ChannelStatusDto> {
    return this.service.of(principal.workspaceId, id);
  }

  @Post(':id/breaker')
  @HttpCode(200)
  @ApiOperation({ summary: 'Open or close a channel’s breaker by hand.' })
  @ApiOkResponse({ type: BreakerStateDto })
  async breaker(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() order: BreakerOrderDto,
  ): Promise<BreakerStateDto> {
    return { breaker: await this.service.orderBreaker(principal.workspaceId, id, order.action) };
  }
}
