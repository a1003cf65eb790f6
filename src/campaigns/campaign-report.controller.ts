import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { CampaignMessagePageDto, MessageQueryDto } from './campaign-message.dto.js';
import { CampaignMessagesService } from './campaign-messages.service.js';
import { CampaignRunStatusDto } from './campaign-run.dto.js';
import { CampaignWatch } from './campaign-watch.js';
import { CampaignService } from './campaign.service.js';
import { EventStream } from './event-stream.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:id')
export class CampaignReportController {
  constructor(
    private readonly campaigns: CampaignService,
    private readonly recipients: CampaignMessagesService,
    private readonly watch: CampaignWatch,
  ) {}

  @Get('messages')
  @ApiOperation({ summary: 'The recipients, each with where it is and why' })
  @ApiOkResponse({ type: CampaignMessagePageDto })
  messages(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Query() query: MessageQueryDto,
  ): Promise<CampaignMessagePageDto> {
    const { limit, cursor, ...filter } = query;
    return this.recipients.page(workspaceId, id, filter, { limit, cursor });
  }

  @Get('report.csv')
  @ApiOperation({ summary: 'Every recipient as CSV, streamed; no cell can start a formula' })
  @ApiProduces('text/csv')
  @ApiOkResponse({
    schema: { type: 'string', example: "number,phone,state\r\n1,'+525512345678,delivered\r\n" },
  })
  async report(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<StreamableFile> {
    return new StreamableFile(Readable.from(await this.recipients.report(workspaceId, id)), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="campaign-${id}.csv"`,
    });
  }

  @Get('events')
  @ApiOperation({
    summary:
      'Server-sent events: `progress` at most 4 a second, `state` on each change, `end` when it is final',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ type: CampaignRunStatusDto, description: 'The data of `progress` and `end`.' })
  async events(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.campaigns.get(workspaceId, id);
    const stream = EventStream.open(reply);
    const leave = this.watch.listen(workspaceId, id, (type, data) => {
      stream.send(type, data);
      if (type === 'end') stream.end();
    });
    stream.onClose(leave);
  }
}
