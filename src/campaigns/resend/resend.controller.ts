import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Idempotent } from '../../auth/idempotent.js';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { ResendAnswerDto, ResendDto } from './resend.dto.js';
import { ResendService } from './resend.service.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:campaignId/resend')
export class ResendController {
  constructor(private readonly resends: ResendService) {}

  @Post()
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({ summary: 'Send messages of a completed campaign again, under a dispatch of their own' })
  @ApiAcceptedResponse({ type: ResendAnswerDto })
  @ApiForbiddenResponse({
    description: '`role_too_low`: what may have arrived, an admin may have sent again.',
  })
  @ApiConflictResponse({
    description:
      '`campaign_status`, `nothing_to_resend`, `resend_unconfirmed`, `content_gone`; `resend_too_early` with `earliestAt`.',
  })
  async resend(
    @CurrentPrincipal() principal: Principal,
    @Param('campaignId', UuidPipe) campaignId: string,
    @Body() { states, codes, confirm }: ResendDto,
  ): Promise<ResendAnswerDto> {
    const wish = { states, codes: codes ?? null, isConfirmed: confirm === true };
    const { dispatchId, status, messages } = await this.resends.order(principal, campaignId, wish);
    return { success: true, campaignId, status, jobId: dispatchId, messages };
  }
}
