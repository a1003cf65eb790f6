import { Controller, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiQuery,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PublicRoute } from '../../auth/principal.js';
import { PublicAddress } from '../../channels/public-address.js';
import { ServedBy } from '../../common/served-by.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { NormalisedIntake } from './normalised-intake.service.js';
import { contentTypeOf, rawBodyOf, TakesRawBody } from './raw-body.js';
import { WebhookIntake, type ArrivedWebhook } from './webhook-intake.service.js';
import { WebhookTakenDto } from './webhook.dto.js';

const TAKEN: WebhookTakenDto = { success: true };

@ApiTags('Router')
@PublicRoute()
@ServedBy('router')
@ApiUnauthorizedResponse({ description: 'bad_signature: nothing proves it, or there is no such channel.' })
@ApiPayloadTooLargeResponse({ description: 'too_large: above CAUDAL_WEBHOOK_MAX_BYTES.' })
@ApiTooManyRequestsResponse({ description: 'too_many_requests: this address proved nothing too often.' })
@ApiServiceUnavailableResponse({ description: 'intake_unavailable: not stored; to be sent again.' })
@Controller()
export class WebhookController {
  constructor(
    private readonly intake: WebhookIntake,
    private readonly normalised: NormalisedIntake,
    private readonly publicAddress: PublicAddress,
  ) {}

  @Get('webhook')
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  @ApiOperation({ summary: "Meta's handshake for the webhook address of all Cloud API channels." })
  @ApiQuery({ name: 'hub.mode', example: 'subscribe' })
  @ApiQuery({ name: 'hub.verify_token', description: "A channel's verifyToken." })
  @ApiQuery({ name: 'hub.challenge', example: '1158201444' })
  @ApiOkResponse({ description: 'The challenge.', content: { 'text/plain': { example: '1158201444' } } })
  @ApiForbiddenResponse({ description: 'bad_verify_token: no channel has this verifyToken.' })
  handshake(@Query() query: Record<string, unknown>, @Req() request: FastifyRequest): Promise<string> {
    return this.intake.answerHandshake(query, request.ip);
  }

  @Post('webhook')
  @HttpCode(200)
  @TakesRawBody()
  @ApiOperation({
    summary: 'Webhooks of the Cloud API, or, with an API key, what a router of your own made of them.',
    description:
      'Signed: checked against the app secret of every channel over the bytes as they came; the secret that matches ' +
      'decides which channels the body may speak of. With an API key instead: `{ messages, metadata }`, messages and ' +
      'metadata as Meta writes them, answered `{ success, queued }`, or `{ success, processed }` where ' +
      'CAUDAL_WEBHOOK_MODE is direct. Answered once it is durable; applied exactly once.',
  })
  @ApiBody({ schema: { type: 'object' }, description: "Meta's body, signed in X-Hub-Signature-256." })
  @ApiOkResponse({ type: WebhookTakenDto })
  async take(@Req() request: FastifyRequest): Promise<WebhookTakenDto> {
    const arrived = this.arrivedIn(request);
    if (this.normalised.isMeant(request.headers)) return this.normalised.take(arrived);
    await this.intake.takeCloud(arrived);
    return TAKEN;
  }

  @Get('webhooks/:channelId')
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  @ApiOperation({ summary: "Meta's handshake for the webhook address of one channel." })
  @ApiOkResponse({ description: 'The challenge.', content: { 'text/plain': { example: '1158201444' } } })
  @ApiForbiddenResponse({ description: 'bad_verify_token: no channel has this verifyToken.' })
  lookAt(
    @Param('channelId', UuidPipe) channelId: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
  ): Promise<string> {
    const header = request.headers['x-webhook-secret'];
    const secret = typeof header === 'string' ? header : undefined;
    return this.intake.answerLook(channelId, secret, query, request.ip);
  }

  @Get('webhooks/:channelId/:secret')
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  @ApiOperation({ summary: 'Whether this is the address of a channel and its secret.' })
  @ApiOkResponse({ description: 'It is.', content: { 'text/plain': { example: 'ok' } } })
  lookAtSecret(
    @Param('channelId', UuidPipe) channelId: string,
    @Param('secret') secret: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
  ): Promise<string> {
    return this.intake.answerLook(channelId, secret, query, request.ip);
  }

  @Post('webhooks/:channelId')
  @HttpCode(200)
  @TakesRawBody()
  @ApiOperation({
    summary:
      "Webhooks of one channel, proved by its provider's signature, or by the header X-Webhook-Secret.",
  })
  @ApiBody({ schema: { type: 'object' }, description: "The provider's body." })
  @ApiOkResponse({ type: WebhookTakenDto })
  takeOf(
    @Param('channelId', UuidPipe) channelId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookTakenDto | string> {
    return this.takeAddressed(channelId, undefined, request, reply);
  }

  @Post(['webhooks/:channelId/:secret', 'webhooks/:channelId/:secret/:event'])
  @HttpCode(200)
  @TakesRawBody()
  @ApiOperation({
    summary: 'Webhooks of one channel whose provider signs nothing, proved by the secret in the path.',
    description: 'Some providers put the name of the event behind the address; it is not looked at.',
  })
  @ApiBody({ schema: { type: 'object' }, description: "The provider's body." })
  @ApiOkResponse({ type: WebhookTakenDto })
  takeWithSecret(
    @Param('channelId', UuidPipe) channelId: string,
    @Param('secret') secret: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookTakenDto | string> {
    return this.takeAddressed(channelId, secret, request, reply);
  }

  private async takeAddressed(
    channelId: string,
    secret: string | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<WebhookTakenDto | string> {
    const { webhookAnswer } = await this.intake.takeAddressed({
      ...this.arrivedIn(request),
      channelId,
      secret,
    });
    if (webhookAnswer === undefined) return TAKEN;
    void reply.type(webhookAnswer.contentType);
    return webhookAnswer.body;
  }

  private arrivedIn(request: FastifyRequest): ArrivedWebhook {
    const { url: path = '' } = request.raw;
    const base = this.publicAddress.get();
    const queryAt = path.indexOf('?');
    return {
      proof: {
        headers: request.headers,
        rawBody: rawBodyOf(request),
        url: base === undefined ? null : base + path,
      },
      contentType: contentTypeOf(request),
      query: queryAt === -1 ? '' : path.slice(queryAt + 1),
      address: request.ip,
      arrivedAtMs: Date.now(),
    };
  }
}
