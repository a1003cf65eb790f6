import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { Idempotent } from '../../auth/idempotent.js';
import { LegacyRoute } from '../../auth/legacy-route.js';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { BulkStartedDto, bulkStartedDtoOf } from './bulk.dto.js';
import { SendTicketsDto } from './ticket.dto.js';
import { TicketService } from './ticket.service.js';

@ApiTags('Messages')
@Controller(['tickets', 'api/tickets'])
export class TicketController {
  constructor(private readonly tickets: TicketService) {}

  @Post('send-whatsapp-by-event')
  @HttpCode(202)
  @LegacyRoute()
  @Idempotent()
  @ApiOperation({
    summary: 'Send each contact of an event its own ticket, as a document',
    description:
      'The address of the ticket is the attribute `ticket_url`. Who has none, or one that is no address, is skipped ' +
      'with the reason.',
  })
  @ApiAcceptedResponse({ type: BulkStartedDto })
  @ApiNotFoundResponse({ description: '`event_not_found`: no contact comes to it' })
  @ApiUnprocessableEntityResponse({
    description: '`empty_audience`, `missing_variables`, `channel_needed` or `channel_not_found`',
  })
  @ApiServiceUnavailableResponse({ description: '`bulk_outcome_unknown`' })
  async send(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Body() { event_id: eventId, message, channelId, category }: SendTicketsDto,
  ): Promise<BulkStartedDto> {
    const order = {
      eventId,
      message: message ?? null,
      channelId: channelId ?? null,
      category: category ?? 'utility',
    };
    return bulkStartedDtoOf(await this.tickets.send(workspaceId, order, keyName));
  }
}
