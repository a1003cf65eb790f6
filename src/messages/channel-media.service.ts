import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ChannelClients } from '../channels/channel-clients.js';
import { ChannelMissingError } from '../channels/channel.errors.js';
import { ChannelService } from '../channels/channel.service.js';
import type { MediaUploadAnswer } from '../channels/providers/provider-answers.js';
import { assertNever } from '../common/assert-never.js';
import { UploadStore } from '../contacts/import/upload-store.js';
import { MediaRefusedError, MediaUploadFailedError, NothingToUploadToError } from './channel-media.errors.js';
import { readMediaForm } from './media-form.js';

/** The most that any provider takes; each refuses what is more than it takes of a kind. */
export const MOST_MEDIA_BYTES = 100 * 1024 * 1024;
/** A hundred megabytes over a slow line. */
const UPLOAD_MS = 120_000;

export type UploadedMedia = Omit<Extract<MediaUploadAnswer, { kind: 'uploaded' }>, 'kind'>;

/** Gives a file to a channel's provider once, so that a campaign need not have it fetched for each recipient. */
@Injectable()
export class ChannelMedia {
  constructor(
    private readonly channels: ChannelService,
    private readonly clients: ChannelClients,
    private readonly uploads: UploadStore,
  ) {}

  async upload(workspaceId: string, channelId: string, request: FastifyRequest): Promise<UploadedMedia> {
    const { row } = await this.channels.find(workspaceId, channelId);
    const open = await this.clients.clientOf(channelId);
    if (open === null) throw new ChannelMissingError(channelId);
    const { client } = open;
    if (client.uploadMedia === undefined) throw new NothingToUploadToError(row.name);
    const { upload, fileName, mimeType } = await readMediaForm(request, this.uploads, MOST_MEDIA_BYTES);
    try {
      const file = Readable.from(this.uploads.read(upload.path), { objectMode: false });
      const { bytes } = upload;
      return uploadedBy(await client.uploadMedia({ file, bytes, mimeType, fileName }, UPLOAD_MS));
    } finally {
      await this.uploads.remove(upload.path);
    }
  }
}

function uploadedBy(answer: MediaUploadAnswer): UploadedMedia {
  switch (answer.kind) {
    case 'uploaded':
      return { mediaId: answer.mediaId, expiresAt: answer.expiresAt };
    case 'refused':
      throw new MediaRefusedError(answer.code, answer.reason);
    case 'failed':
      throw new MediaUploadFailedError(answer.code, answer.reason);
    default:
      return assertNever(answer);
  }
}
