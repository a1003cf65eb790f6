import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConflictResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { Idempotent } from '../auth/idempotent.js';
import { LegacyRoute } from '../auth/legacy-route.js';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { CampaignRateService } from './campaign-rate.service.js';
import {
  CampaignRateAnswerDto,
  CampaignRateDto,
  OrderAnswerDto,
  QueueStatusDto,
} from './campaign-run.dto.js';
import { CampaignRunService, type OrderAnswer } from './campaign-run.service.js';
import { CampaignStartService } from './campaign-start.service.js';
import { StartCampaignDto } from './start-confirmation.dto.js';
import { CampaignStatusService } from './campaign-status.service.js';
import { CampaignStartedDto, startedDtoOf } from './campaign-view.dto.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:campaignId')
export class CampaignRunController {
  constructor(
    private readonly starts: CampaignStartService,
    private readonly runs: CampaignRunService,
    private readonly statuses: CampaignStatusService,
    private readonly rates: CampaignRateService,
  ) {}

  @Post('start')
  @LegacyRoute()
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({ summary: 'Start a campaign; its recipients are prepared and sent to behind the answer' })
  @ApiAcceptedResponse({ type: CampaignStartedDto })
  @ApiConflictResponse({
    description:
      '`campaign_status`; `campaign_recurs`; `template_not_approved` or `template_unknown`, with what to do; ' +
      '`confirmation_needed`.',
  })
  @ApiBody({ type: StartCampaignDto, required: false })
  @ApiUnprocessableEntityResponse({
    description: '`missing_variables` names each and counts the rows; `empty_audience`; `channel_not_found`.',
  })
  async start(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Param('campaignId', UuidPipe) id: string,
    @Body() body?: StartCampaignDto,
  ): Promise<CampaignStartedDto> {
    const order = { kind: 'by-hand', isUnconfirmed: body?.confirm !== true } as const;
    return startedDtoOf(await this.starts.start(workspaceId, id, keyName, order));
  }

  @Get('queue-status')
  @LegacyRoute()
  @ApiOperation({ summary: 'How a campaign goes, and why it is not sending when it is not' })
  @ApiOkResponse({ type: QueueStatusDto })
  async status(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('campaignId', UuidPipe) id: string,
  ): Promise<QueueStatusDto> {
    return { success: true, status: await this.statuses.of(workspaceId, id) };
  }

  @Patch('rate')
  @ApiOperation({ summary: 'Change the rate of a running campaign; felt by all workers within a second' })
  @ApiOkResponse({ type: CampaignRateAnswerDto })
  @ApiConflictResponse({ description: '`campaign_status`: it is not running.' })
  async rate(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Param('campaignId', UuidPipe) id: string,
    @Body() { ratePerSecond }: CampaignRateDto,
  ): Promise<CampaignRateAnswerDto> {
    return { success: true, ...(await this.rates.change(workspaceId, id, ratePerSecond, keyName)) };
  }

  @Post('queue-pause')
  @LegacyRoute()
  @HttpCode(200)
  @ApiOperation({ summary: 'Pause: after the answer nothing begins; `paused` once nothing is in flight' })
  @ApiOkResponse({ type: OrderAnswerDto })
  async pause(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Param('campaignId', UuidPipe) id: string,
  ): Promise<OrderAnswerDto> {
    return answered(await this.runs.pause(workspaceId, id, keyName));
  }

  @Post('queue-resume')
  @LegacyRoute()
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on with a paused campaign, at once' })
  @ApiOkResponse({ type: OrderAnswerDto })
  @ApiConflictResponse({ description: '`campaign_status`; `template_not_approved`; `template_unknown`.' })
  async resume(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Param('campaignId', UuidPipe) id: string,
  ): Promise<OrderAnswerDto> {
    return answered(await this.runs.resume(workspaceId, id, keyName));
  }

  @Post('queue-stop')
  @LegacyRoute()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Stop for good: after the answer nothing begins, and what was not sent is cancelled',
  })
  @ApiOkResponse({ type: OrderAnswerDto })
  async stop(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Param('campaignId', UuidPipe) id: string,
  ): Promise<OrderAnswerDto> {
    return answered(await this.runs.stop(workspaceId, id, keyName));
  }
}

function answered({ status, inFlight }: OrderAnswer): OrderAnswerDto {
  return { success: true, status, inFlight };
}
