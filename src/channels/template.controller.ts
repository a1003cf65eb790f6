import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiBadGatewayResponse,
  ApiConflictResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { TemplatePageDto, TemplateQueryDto, TemplatesSyncedDto, type TemplateDto } from './template.dto.js';
import type { ChannelTemplate } from './template.js';
import { TemplateService } from './template.service.js';

@ApiTags('Channels')
@Controller('api/channels')
export class TemplateController {
  constructor(private readonly templates: TemplateService) {}

  @Get(':id/templates')
  @ApiOperation({
    summary: 'The templates of a channel, as its provider had them when it was asked or told last',
  })
  @ApiOkResponse({ type: TemplatePageDto })
  async list(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Query() query: TemplateQueryDto,
  ): Promise<TemplatePageDto> {
    const page = await this.templates.list(workspaceId, id, query);
    return { ...page, items: page.items.map(shown) };
  }

  @Post(':id/templates/sync')
  @HttpCode(200)
  @ApiOperation({ summary: 'Read the templates of a channel from its provider now' })
  @ApiOkResponse({ type: TemplatesSyncedDto })
  @ApiConflictResponse({ description: '`no_templates`: its provider lists none' })
  @ApiBadGatewayResponse({ description: '`templates_unread`: the provider did not give the list, and why' })
  async sync(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<TemplatesSyncedDto> {
    return { templates: await this.templates.sync(workspaceId, id) };
  }
}

function shown({ channelId: _channel, syncedAt: _synced, ...template }: ChannelTemplate): TemplateDto {
  return template;
}
