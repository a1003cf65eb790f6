import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Idempotent } from '../../auth/idempotent.js';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { CampaignTestedDto, TestCampaignDto } from './sample-test.dto.js';
import { SampleTests } from './sample-test.service.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:campaignId/test')
export class SampleTestController {
  constructor(private readonly tests: SampleTests) {}

  @Post()
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({
    summary: 'Send one rendered sample of a campaign that has not begun to a number',
    description:
      'What the first person of preflight would get, over the channel that they would get it from, as a single message: ' +
      'it counts in no total of the campaign. The task tells what came of it.',
  })
  @ApiAcceptedResponse({ type: CampaignTestedDto })
  @ApiBadRequestResponse({ description: '`bad_phone`.' })
  @ApiConflictResponse({ description: '`campaign_status`: it has begun; `no_sample`.' })
  async send(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('campaignId', UuidPipe) id: string,
    @Body() { phone, sample }: TestCampaignDto,
  ): Promise<CampaignTestedDto> {
    const { taskId, ...sent } = await this.tests.send(workspaceId, id, phone, sample ?? 1);
    return { success: true, task_id: taskId, ...sent };
  }
}
