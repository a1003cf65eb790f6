import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Idempotent } from '../../auth/idempotent.js';
import { CurrentPrincipal, LeastRole, type Principal } from '../../auth/principal.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import type { Delivery } from './delivery.js';
import {
  DeliveryDto,
  DeliveryPageDto,
  DeliveryQueryDto,
  ReplayDto,
  DeliveriesReplayedDto,
} from './delivery.dto.js';
import { DeliveryLog } from './delivery-log.service.js';
import { eventName } from './event-name.js';

@ApiTags('Webhooks out')
@LeastRole('operator')
@Controller('api/subscriptions/:id')
export class DeliveryController {
  constructor(private readonly log: DeliveryLog) {}

  @Get('deliveries')
  @ApiOperation({ summary: 'What was sent and what came of it, newest event first' })
  @ApiOkResponse({ type: DeliveryPageDto })
  async list(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Query() { limit, cursor, state }: DeliveryQueryDto,
  ): Promise<DeliveryPageDto> {
    const page = await this.log.list({ workspaceId, id }, state, { limit, ...(cursor && { cursor }) });
    return { items: page.items.map(shown), nextCursor: page.nextCursor };
  }

  @Post('deliveries/:deliveryId/retry')
  @Idempotent()
  @HttpCode(202)
  @ApiOperation({ summary: 'Send one event again, delivered or not' })
  @ApiAcceptedResponse({ type: DeliveryDto })
  @ApiNotFoundResponse({ description: '`subscription_not_found`, `delivery_not_found`' })
  @ApiConflictResponse({ description: '`subscription_disabled`' })
  async retry(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Param('deliveryId') deliveryId: string,
  ): Promise<DeliveryDto> {
    return shown(await this.log.retry({ workspaceId, id }, deliveryId));
  }

  @Post('replay')
  @Idempotent()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send the events of a range of time again',
    description:
      'Those of the types that the subscription asks for now, whether it was told of them or not, in their order. ' +
      'Events of messages are kept only where a subscription asked for them when they happened.',
  })
  @ApiAcceptedResponse({ type: DeliveriesReplayedDto })
  @ApiConflictResponse({ description: '`subscription_disabled`' })
  replay(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() { from, to }: ReplayDto,
  ): Promise<DeliveriesReplayedDto> {
    return this.log.replay({ workspaceId, id }, from, to);
  }
}

function shown(delivery: Delivery): DeliveryDto {
  return { ...delivery, id: eventName(delivery.id) };
}
