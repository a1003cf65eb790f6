import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { LegacyRoute } from '../auth/legacy-route.js';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import type { ListedChannel } from '../channels/channel-directory.js';
import { ChannelChoices } from '../channels/channel-choice.js';
import { ChannelRestarts } from './channel-restart.service.js';
import type { ChannelStatusDto } from './channel-status.dto.js';
import { ChannelStatusService } from './channel-status.service.js';
import { ChannelQueryDto, NamedStatusDto } from './default-channel.dto.js';

/** Status and restart for clients that know one number only and no ids. */
@ApiTags('Channels')
@Controller()
export class DefaultChannelController {
  constructor(
    private readonly channels: ChannelChoices,
    private readonly statuses: ChannelStatusService,
    private readonly restarts: ChannelRestarts,
  ) {}

  @Get('status')
  @LegacyRoute()
  @ApiOperation({ summary: 'What the default channel is doing now: the only one, or the one that is named' })
  @ApiOkResponse({ type: NamedStatusDto })
  @ApiNotFoundResponse({ description: '`channel_not_found`: none has the name; `known` lists them' })
  @ApiUnprocessableEntityResponse({ description: '`channel_needed`: there is none, or several' })
  async status(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Query() query: ChannelQueryDto,
  ): Promise<NamedStatusDto> {
    const channel = await this.chosen(workspaceId, query);
    return named(channel, await this.statuses.of(workspaceId, channel.id));
  }

  @Post('restart')
  @HttpCode(200)
  @LegacyRoute()
  @ApiOperation({ summary: 'Restart the session of the default channel' })
  @ApiOkResponse({ type: NamedStatusDto })
  @ApiConflictResponse({
    description:
      '`nothing_to_restart`: its provider keeps no session; `session_needs_person`: no restart helps, and why',
  })
  @ApiNotFoundResponse({ description: '`channel_not_found`: none has the name; `known` lists them' })
  @ApiUnprocessableEntityResponse({ description: '`channel_needed`: there is none, or several' })
  async restart(
    @CurrentPrincipal() principal: Principal,
    @Query() query: ChannelQueryDto,
  ): Promise<NamedStatusDto> {
    const channel = await this.chosen(principal.workspaceId, query);
    return named(channel, await this.restarts.restart(principal, channel.id));
  }

  private chosen(workspaceId: string, query: ChannelQueryDto): Promise<ListedChannel> {
    return this.channels.choose(workspaceId, {
      channelId: query.channelId ?? null,
      instanceName: query.instance_name ?? null,
    });
  }
}

function named({ id, name }: ListedChannel, status: ChannelStatusDto): NamedStatusDto {
  return { success: true, channel: { id, name }, ...status };
}
