import { Controller, Get, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiQuery,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { PublicRoute } from '../../auth/principal.js';
import { ServedBy } from '../../common/served-by.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { rawBodyOf, TakesRawBody } from './raw-body.js';
import { WebhookIntake } from './webhook-intake.service.js';
import { WebhookTakenDto } from './webhook.dto.js';

@ApiTags('Router')
@PublicRoute()
@ServedBy('router')
@Controller()
export class WebhookController {
  constructor(private readonly intake: WebhookIntake) {}

  @Get('webhook')
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  @ApiOperation({ summary: "Meta's handshake for the webhook address of all Cloud API channels." })
  @ApiQuery({ name: 'hub.mode', example: 'subscribe' })
  @ApiQuery({ name: 'hub.verify_token', description: "A channel's verifyToken." })
  @ApiQuery({ name: 'hub.challenge', example: '1158201444' })
  @ApiOkResponse({ description: 'The challenge.', content: { 'text/plain': { example: '1158201444' } } })
  @ApiForbiddenResponse({ description: 'No channel has this verifyToken.' })
  handshake(@Query() query: Record<string, unknown>): Promise<string> {
    return this.intake.answerHandshake(query);
  }

  @Post('webhook')
  @HttpCode(200)
  @TakesRawBody()
  @ApiOperation({
    summary: 'Webhooks of the Cloud API.',
    description:
      'Checked against the app secret of every channel over the bytes as they came; the secret that matches decides ' +
      'which channels the body may speak of. Answered once it is durable; applied afterwards, exactly once.',
  })
  @ApiBody({ schema: { type: 'object' }, description: "Meta's body, signed in X-Hub-Signature-256." })
  @ApiOkResponse({ type: WebhookTakenDto })
  @ApiUnauthorizedResponse({ description: 'bad_signature: missing or wrong.' })
  @ApiPayloadTooLargeResponse({ description: 'too_large: above CAUDAL_WEBHOOK_MAX_BYTES.' })
  @ApiServiceUnavailableResponse({ description: 'intake_unavailable: not stored; to be sent again.' })
  async take(@Req() request: FastifyRequest): Promise<WebhookTakenDto> {
    await this.intake.takeCloud({ headers: request.headers, rawBody: rawBodyOf(request), url: null });
    return { success: true };
  }

  @Get('webhooks/:channelId')
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  @ApiOperation({ summary: "Meta's handshake for the webhook address of one channel." })
  @ApiOkResponse({ description: 'The challenge.', content: { 'text/plain': { example: '1158201444' } } })
  @ApiForbiddenResponse({ description: 'No channel has this verifyToken.' })
  handshakeOf(@Query() query: Record<string, unknown>): Promise<string> {
    return this.intake.answerHandshake(query);
  }

  @Post('webhooks/:channelId')
  @HttpCode(200)
  @TakesRawBody()
  @ApiOperation({ summary: "Webhooks of one channel, proved with that channel's own secret." })
  @ApiBody({ schema: { type: 'object' }, description: "The provider's body." })
  @ApiOkResponse({ type: WebhookTakenDto })
  @ApiUnauthorizedResponse({ description: 'bad_signature: missing, wrong, or no such channel.' })
  @ApiPayloadTooLargeResponse({ description: 'too_large: above CAUDAL_WEBHOOK_MAX_BYTES.' })
  @ApiServiceUnavailableResponse({ description: 'intake_unavailable: not stored; to be sent again.' })
  async takeOf(
    @Param('channelId', UuidPipe) channelId: string,
    @Req() request: FastifyRequest,
  ): Promise<WebhookTakenDto> {
    await this.intake.takeOf(channelId, { headers: request.headers, rawBody: rawBodyOf(request), url: null });
    return { success: true };
  }
}
