import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiConflictResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { Idempotent } from '../auth/idempotent.js';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { CampaignConfirming } from './governance/campaign-confirming.js';
import { CampaignStartedDto, startedDtoOf } from './campaign-view.dto.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:campaignId')
export class CampaignConfirmController {
  constructor(private readonly confirming: CampaignConfirming) {}

  @Post('confirm')
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({
    summary: 'Let a campaign go on that is held; queue-stop ends it instead',
    description:
      'One that was held before it began is started; one that had begun goes on where it was, its failures counted anew ' +
      'and its canary over. Who confirmed it, and what it was held for, is kept in the audit log.',
  })
  @ApiAcceptedResponse({ type: CampaignStartedDto })
  @ApiConflictResponse({
    description: '`campaign_status`: it is not held; of a template, what a start is refused for.',
  })
  @ApiUnprocessableEntityResponse({ description: 'What a start is refused for.' })
  async confirm(
    @CurrentPrincipal() principal: Principal,
    @Param('campaignId', UuidPipe) id: string,
  ): Promise<CampaignStartedDto> {
    return startedDtoOf(await this.confirming.confirm(principal, id));
  }
}
