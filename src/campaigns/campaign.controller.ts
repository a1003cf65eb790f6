import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiTags,
  ApiUnprocessableEntityResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Idempotent } from '../auth/idempotent.js';
import { LegacyRoute } from '../auth/legacy-route.js';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { CampaignFormDto, CampaignQueryDto, ChangeCampaignDto, CreateCampaignDto } from './campaign.dto.js';
import { CampaignRequests, changeOf } from './campaign-request.js';
import {
  CampaignDetailDto,
  campaignDetailOf,
  CampaignDto,
  campaignDtoOf,
  CampaignPageDto,
} from './campaign-view.dto.js';
import { CampaignService } from './campaign.service.js';

@ApiTags('Campaigns')
@ApiExtraModels(CreateCampaignDto, CampaignFormDto)
@Controller('api/campaigns')
export class CampaignController {
  constructor(
    private readonly campaigns: CampaignService,
    private readonly requests: CampaignRequests,
  ) {}

  @Post()
  @LegacyRoute()
  @Idempotent()
  @ApiOperation({
    summary: 'Make a campaign: a draft, or scheduled with scheduledAt or recurrence',
    description:
      'As JSON, or as a form with a file of recipients (CSV, TSV or .xlsx) in which arrays and objects are JSON text.',
  })
  @ApiConsumes('application/json', 'multipart/form-data')
  @ApiBody({
    schema: { oneOf: [{ $ref: getSchemaPath(CreateCampaignDto) }, { $ref: getSchemaPath(CampaignFormDto) }] },
  })
  @ApiCreatedResponse({ type: CampaignDetailDto })
  @ApiPayloadTooLargeResponse({ description: '`file_too_large`' })
  @ApiUnprocessableEntityResponse({
    description: '`channel_needed`, `channel_not_found` or `contact_not_found`: what is named is not there.',
  })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<CampaignDetailDto> {
    const { workspaceId, keyName } = principal;
    return this.requests.read(request, async ({ plan, file, schedule }) =>
      campaignDetailOf(await this.campaigns.create(workspaceId, plan, keyName, file, schedule)),
    );
  }

  @Get()
  @ApiOperation({ summary: 'The campaigns, newest first' })
  @ApiOkResponse({ type: CampaignPageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: CampaignQueryDto,
  ): Promise<CampaignPageDto> {
    const { limit, cursor, ...filter } = query;
    const page = await this.campaigns.list(principal.workspaceId, filter, { limit, cursor });
    return { items: page.items.map(campaignDtoOf), nextCursor: page.nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One campaign, with its next starts' })
  @ApiOkResponse({ type: CampaignDetailDto })
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<CampaignDetailDto> {
    return campaignDetailOf(await this.campaigns.get(principal.workspaceId, id));
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Change a draft or a scheduled one; what is not given stays. Of one that runs: its weight',
  })
  @ApiOkResponse({ type: CampaignDetailDto })
  async change(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: ChangeCampaignDto,
  ): Promise<CampaignDetailDto> {
    const { workspaceId, keyName } = principal;
    return campaignDetailOf(await this.campaigns.change(workspaceId, id, changeOf(body), keyName));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a campaign; 409 while it is in motion' })
  @ApiNoContentResponse()
  async remove(@CurrentPrincipal() principal: Principal, @Param('id', UuidPipe) id: string): Promise<void> {
    await this.campaigns.remove(principal.workspaceId, id);
  }

  @Post(':id/duplicate')
  @Idempotent()
  @ApiOperation({ summary: 'A new draft with the same content, audience and channels' })
  @ApiCreatedResponse({ type: CampaignDto })
  async duplicate(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<CampaignDto> {
    return campaignDtoOf(await this.campaigns.duplicate(principal.workspaceId, id, principal.keyName));
  }
}
