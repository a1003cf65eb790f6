import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { AlertDto, AlertPageDto, AlertQueryDto } from './alert.dto.js';
import { AlertService } from './alert.service.js';

@ApiTags('Alerts')
@Controller('api/alerts')
export class AlertController {
  constructor(private readonly alerts: AlertService) {}

  @Get()
  @ApiOperation({ summary: 'What a person has to look at, newest first; ?lasting=true: what has not ended' })
  @ApiOkResponse({ type: AlertPageDto })
  list(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Query() { lasting, limit, cursor }: AlertQueryDto,
  ): Promise<AlertPageDto> {
    return this.alerts.list(workspaceId, lasting, limit, cursor);
  }

  @Post(':id/ack')
  @HttpCode(200)
  @ApiOperation({ summary: 'Say that somebody has seen it; it ends by itself when its cause does' })
  @ApiOkResponse({ type: AlertDto })
  @ApiNotFoundResponse({ description: '`alert_not_found`' })
  acknowledge(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<AlertDto> {
    return this.alerts.acknowledge(principal, id);
  }
}
