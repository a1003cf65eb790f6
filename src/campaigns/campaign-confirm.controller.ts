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
import { CampaignStartService } from './campaign-start.service.js';
import { CampaignStartedDto, startedDtoOf } from './campaign-view.dto.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:campaignId')
export class CampaignConfirmController {
  constructor(private readonly starts: CampaignStartService) {}

  @Post('confirm')
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({
    summary: 'Start a campaign that was held when it was due; queue-stop ends it instead',
    description: 'Who confirmed it, and what it was held for, is kept in the audit log.',
  })
  @ApiAcceptedResponse({ type: CampaignStartedDto })
  @ApiConflictResponse({ description: '`campaign_status`: it is not held, or has begun.' })
  @ApiUnprocessableEntityResponse({ description: 'What a start is refused for.' })
  async confirm(
    @CurrentPrincipal() principal: Principal,
    @Param('campaignId', UuidPipe) id: string,
  ): Promise<CampaignStartedDto> {
    const { workspaceId, keyName } = principal;
    return startedDtoOf(
      await this.starts.start(workspaceId, id, keyName, { kind: 'confirmed', by: principal }),
    );
  }
}
