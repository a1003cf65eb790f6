import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../../auth/idempotent.js';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { contentOf } from '../campaign-request.js';
import { CampaignDetailDto, campaignDetailOf } from '../campaign-view.dto.js';
import { FOLLOWED_STATES } from './follow-up.js';
import { FollowUpDto } from './follow-up.dto.js';
import { FollowUps } from './follow-up.service.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:campaignId/follow-up')
export class FollowUpController {
  constructor(private readonly followUps: FollowUps) {}

  @Post()
  @Idempotent()
  @ApiOperation({
    summary: 'A draft for those who have the message of a campaign and did not read it in so many hours',
    description:
      'Its people are those of this moment, with what the first message knew of them; who read it or wrote since is not ' +
      'among them. Channels, limits and the rest of the plan are taken along. It is looked at and started as any draft.',
  })
  @ApiCreatedResponse({ type: CampaignDetailDto })
  @ApiConflictResponse({
    description:
      '`campaign_status`: it has not begun; `nobody_to_follow_up`; `follow_up_repeats`: the same message again; ' +
      '`bulk_not_repeatable`: say a message or content.',
  })
  async make(
    @CurrentPrincipal() principal: Principal,
    @Param('campaignId', UuidPipe) id: string,
    @Body() { unreadAfterHours, states, name, confirm, ...what }: FollowUpDto,
  ): Promise<CampaignDetailDto> {
    const wish = {
      unreadAfterHours,
      states: states ?? FOLLOWED_STATES,
      content: contentOf(what) ?? null,
      name: name?.trim() ?? null,
      isConfirmed: confirm === true,
    };
    return campaignDetailOf(await this.followUps.make(principal, id, wish));
  }
}
