import { Body, Controller, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { ChannelPauses } from './channel-pause.service.js';
import { ChannelSets } from './channel-set.service.js';
import { ChangeChannelsDto, ChannelPauseAnswerDto, ChannelsAnswerDto } from './run-channels.dto.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:campaignId/channels')
export class RunChannelsController {
  constructor(
    private readonly sets: ChannelSets,
    private readonly pauses: ChannelPauses,
  ) {}

  @Patch()
  @ApiOperation({
    summary: 'Give a running campaign other channels: what is left moves, what is on its way is settled',
  })
  @ApiOkResponse({ type: ChannelsAnswerDto })
  @ApiConflictResponse({
    description:
      '`campaign_status`: it is not running; `messages_bound`; `channel_not_addable`; `template_not_approved`, ' +
      '`template_unknown`.',
  })
  @ApiUnprocessableEntityResponse({ description: '`channel_not_found`; `content_unsupported`.' })
  async change(
    @CurrentPrincipal() principal: Principal,
    @Param('campaignId', UuidPipe) id: string,
    @Body() { channelIds }: ChangeChannelsDto,
  ): Promise<ChannelsAnswerDto> {
    return { success: true, ...(await this.sets.change(principal, id, channelIds)) };
  }

  @Post(':channelId/pause')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Pause one channel of a running campaign: after the answer nothing of it begins there',
    description:
      'The other channels go on, and so do other campaigns on this one. What lies on it stays there.',
  })
  @ApiOkResponse({ type: ChannelPauseAnswerDto })
  @ApiConflictResponse({ description: '`campaign_status`: it is not running.' })
  @ApiNotFoundResponse({ description: '`campaign_not_found`; `channel_not_of_campaign`.' })
  async pause(
    @CurrentPrincipal() principal: Principal,
    @Param('campaignId', UuidPipe) id: string,
    @Param('channelId', UuidPipe) channelId: string,
  ): Promise<ChannelPauseAnswerDto> {
    return { success: true, channelId, ...(await this.pauses.pause(principal, id, channelId)) };
  }

  @Post(':channelId/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on with a paused channel of a campaign, at once' })
  @ApiOkResponse({ type: ChannelPauseAnswerDto })
  @ApiConflictResponse({ description: '`campaign_status`: it is not running.' })
  @ApiNotFoundResponse({ description: '`campaign_not_found`; `channel_not_of_campaign`.' })
  async resume(
    @CurrentPrincipal() principal: Principal,
    @Param('campaignId', UuidPipe) id: string,
    @Param('channelId', UuidPipe) channelId: string,
  ): Promise<ChannelPauseAnswerDto> {
    return { success: true, channelId, ...(await this.pauses.resume(principal, id, channelId)) };
  }
}
