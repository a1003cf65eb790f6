import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { Idempotent } from '../../auth/idempotent.js';
import { LegacyRoute } from '../../auth/legacy-route.js';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { TakesBodyOf } from '../../common/body-limit.js';
import { Config } from '../../config/config.js';
import { bulkRequestOf } from './bulk-request.js';
import { BulkStartedDto, bulkStartedDtoOf, SendBulkDto } from './bulk.dto.js';
import { BulkService } from './bulk.service.js';

/** Ten thousand messages of 1,600 bytes. */
const MOST_BODY_BYTES = 16_777_216;

@ApiTags('Messages')
@Controller(['api/messages', 'messages'])
export class BulkController {
  constructor(
    private readonly bulks: BulkService,
    private readonly config: Config,
  ) {}

  @Post('send-bulk')
  @HttpCode(202)
  @LegacyRoute()
  @Idempotent()
  @TakesBodyOf(MOST_BODY_BYTES)
  @ApiOperation({
    summary: 'Send many messages, each with its own text or content',
    description:
      'Answered when all of them are stored; if one is wrong, none is. They are a campaign from then on, with its ' +
      'progress, pause, stop, list and report.',
  })
  @ApiBody({ type: SendBulkDto })
  @ApiAcceptedResponse({ type: BulkStartedDto })
  @ApiPayloadTooLargeResponse({ description: '`too_large`: more than 16 MiB; send several requests' })
  @ApiUnprocessableEntityResponse({ description: '`channel_needed` or `channel_not_found`' })
  @ApiServiceUnavailableResponse({ description: '`bulk_outcome_unknown`' })
  async send(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Body() body: unknown,
  ): Promise<BulkStartedDto> {
    const request = bulkRequestOf(body, this.config.defaultCountry);
    return bulkStartedDtoOf(await this.bulks.send(workspaceId, request, keyName));
  }
}
