import { Controller, Param, Post, Req } from '@nestjs/common';
import {
  ApiBadGatewayResponse,
  ApiBody,
  ApiConflictResponse,
  ApiConsumes,
  ApiCreatedResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { MediaFormDto, UploadedMediaDto } from './channel-media.dto.js';
import { ChannelMedia } from './channel-media.service.js';

@ApiTags('Channels')
@Controller('api/channels')
export class ChannelMediaController {
  constructor(private readonly media: ChannelMedia) {}

  @Post(':id/media')
  @ApiOperation({
    summary: 'Upload a file to the provider of a channel, to be sent to many by its id',
    description: 'The id is good on this channel alone, as `mediaId` of an image, document, video or audio.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ type: MediaFormDto })
  @ApiCreatedResponse({ type: UploadedMediaDto })
  @ApiNotFoundResponse({ description: '`channel_not_found`' })
  @ApiConflictResponse({ description: '`uploads_not_taken`: its provider takes files by their address only' })
  @ApiPayloadTooLargeResponse({ description: '`file_too_large`: more than 100 MiB' })
  @ApiUnprocessableEntityResponse({
    description: '`media_refused`: a type or size that the provider does not take',
  })
  @ApiBadGatewayResponse({ description: '`media_upload_failed`' })
  upload(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Req() request: FastifyRequest,
  ): Promise<UploadedMediaDto> {
    return this.media.upload(workspaceId, id, request);
  }
}
