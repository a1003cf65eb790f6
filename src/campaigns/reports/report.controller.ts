import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { figuresShown } from '../variants/variant-figures.dto.js';
import { CampaignReportDto } from './report.dto.js';
import { ReportService, type CampaignReport } from './report.service.js';
import { RecipientTrailDto, TrailParamsDto } from './report-trail.dto.js';
import { ReportTrailService } from './report-trail.service.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:id')
export class ReportController {
  constructor(
    private readonly reports: ReportService,
    private readonly trails: ReportTrailService,
  ) {}

  @Get('report')
  @ApiOperation({ summary: 'What became of it: totals, by channel, country, code and hour, and times' })
  @ApiOkResponse({ type: CampaignReportDto })
  async report(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<CampaignReportDto> {
    return shown(await this.reports.of(workspaceId, id));
  }

  @Get('messages/:number/trail')
  @ApiOperation({
    summary: 'What became of one recipient: every attempt, its code, reason, channel and times',
  })
  @ApiOkResponse({ type: RecipientTrailDto })
  trail(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param() { id, number }: TrailParamsDto,
  ): Promise<RecipientTrailDto> {
    return this.trails.of(workspaceId, id, number);
  }
}

function shown({
  channels,
  countries,
  codes,
  hours,
  variants,
  ...report
}: CampaignReport): CampaignReportDto {
  return {
    ...report,
    byChannel: channels.map(({ key, ...group }) => ({ channelId: key, ...group })),
    byCountry: countries.map(({ key, ...group }) => ({ country: key, ...group })),
    byCode: codes.map(({ key, ...group }) => ({ code: key, ...group })),
    byHour: hours,
    byVariant: variants.map(figuresShown),
  };
}
