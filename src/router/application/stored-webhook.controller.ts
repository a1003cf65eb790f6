import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import {
  WebhookReplayedDto,
  StoredWebhookDetailDto,
  StoredWebhookPageDto,
  StoredWebhookQueryDto,
} from './stored-webhook.dto.js';
import { StoredWebhookService } from './stored-webhook.service.js';

@ApiTags('Router')
@Controller('api/webhook-events')
export class StoredWebhookController {
  constructor(private readonly webhooks: StoredWebhookService) {}

  @Get()
  @ApiOperation({
    summary: 'Webhooks as they were stored, newest first; ?state=quarantined: what could not be applied',
  })
  @ApiOkResponse({ type: StoredWebhookPageDto })
  list(
    @CurrentPrincipal() principal: Principal,
    @Query() { state, limit, cursor }: StoredWebhookQueryDto,
  ): Promise<StoredWebhookPageDto> {
    return this.webhooks.list(principal, state, limit, cursor);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One of them, for an admin with its body' })
  @ApiOkResponse({ type: StoredWebhookDetailDto })
  find(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<StoredWebhookDetailDto> {
    return this.webhooks.find(principal, id);
  }

  @Post(':id/replay')
  @HttpCode(202)
  @ApiOperation({
    summary:
      'Apply again what was set apart of it, or all of it where nothing was; harmless as often as wanted',
  })
  @ApiAcceptedResponse({ type: WebhookReplayedDto })
  async replay(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
  ): Promise<WebhookReplayedDto> {
    return { success: true, elements: await this.webhooks.replay(principal, id) };
  }
}
