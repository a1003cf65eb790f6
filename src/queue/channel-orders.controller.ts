import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBadGatewayResponse,
  ApiConflictResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { BreakerOrderDto, BreakerStateDto, HoldLiftedDto } from './channel-orders.dto.js';
import { ChannelOrders } from './channel-orders.service.js';
import { ChannelRestarts } from './channel-restart.service.js';
import { ChannelStatusDto } from './channel-status.dto.js';

@ApiTags('Channels')
@Controller('api/channels')
export class ChannelOrdersController {
  constructor(
    private readonly orders: ChannelOrders,
    private readonly restarts: ChannelRestarts,
  ) {}

  @Post(':id/breaker')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Open or close a breaker by hand; opened, it stays so, over restarts, until it is closed by hand',
  })
  @ApiOkResponse({ type: BreakerStateDto })
  async breaker(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() { action }: BreakerOrderDto,
  ): Promise<BreakerStateDto> {
    if (action === 'open') return { breaker: 'open', ...(await this.orders.openBreaker(principal, id)) };
    await this.orders.closeBreaker(principal, id);
    return { breaker: 'closed', openedBy: null, openedAt: null };
  }

  @Post(':id/restart')
  @HttpCode(200)
  @ApiOperation({ summary: 'Restart the session of a channel, where its provider keeps one' })
  @ApiOkResponse({ type: ChannelStatusDto })
  @ApiConflictResponse({
    description:
      '`nothing_to_restart`: its provider keeps no session; `session_needs_person`: no restart helps, and why',
  })
  @ApiBadGatewayResponse({ description: '`restart_failed`: the provider did not do it, and why' })
  restart(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<ChannelStatusDto> {
    return this.restarts.restart(principal, id);
  }

  @Post(':id/lift-hold')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a held channel send again; the next call shows whether it was mended' })
  @ApiOkResponse({ type: HoldLiftedDto })
  async liftHold(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<HoldLiftedDto> {
    return { lifted: await this.orders.liftHold(principal, id) };
  }
}
