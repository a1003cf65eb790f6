import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { LegacyRoute } from '../auth/legacy-route.js';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { DomainError } from '../common/domain-error.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { LegacyCreatedDto, LegacyFormDto, LegacyStatusDto } from './campaign-legacy.dto.js';
import { CampaignLegacyService } from './campaign-legacy.service.js';
import { CampaignRequests } from './campaign-request.js';
import { CampaignUploads } from './audience/campaign-upload.js';

const FILE_NAMES = ['file', 'archivo', 'csv'];

@ApiTags('Campaigns')
@Controller('api')
export class CampaignLegacyController {
  constructor(
    private readonly legacy: CampaignLegacyService,
    private readonly uploads: CampaignUploads,
    private readonly requests: CampaignRequests,
  ) {}

  @Post('crear-campana')
  @LegacyRoute()
  @HttpCode(201)
  @ApiOperation({ summary: 'Make and start a campaign from a CSV, as the Python queue did' })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ type: LegacyFormDto })
  @ApiCreatedResponse({ type: LegacyCreatedDto })
  @ApiUnprocessableEntityResponse({
    description: '`missing_variables`, `empty_audience` or `channel_needed`',
  })
  async create(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Req() request: FastifyRequest,
  ): Promise<LegacyCreatedDto> {
    if (!request.isMultipart()) {
      throw new DomainError(
        'invalid',
        'not_multipart',
        'send the recipients as multipart/form-data, in "file"',
      );
    }
    return this.uploads.read(request, FILE_NAMES, (form) =>
      this.legacy.create(workspaceId, form.fields, this.requests.fileOf(form), keyName),
    );
  }

  @Get('campanas/:campaign_id')
  @LegacyRoute()
  @ApiOperation({ summary: 'How a campaign goes, as the Python queue told it' })
  @ApiOkResponse({ type: LegacyStatusDto })
  status(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('campaign_id', UuidPipe) id: string,
  ): Promise<LegacyStatusDto> {
    return this.legacy.status(workspaceId, id);
  }
}
