import { Injectable, Logger } from '@nestjs/common';
import { ChannelChoices } from '../channels/channel-choice.js';
import { isProvedUndone } from '../ledger/commit-doubt.js';
import { BellRinger } from '../queue/bell-ringer.js';
import type { BulkRequest, BulkStarted } from './bulk.js';
import { BulkOutcomeUnknownError } from './bulk.errors.js';
import { BulkOpening, type OpenedBulk } from './bulk-opening.js';
import { estimateMs } from './send-estimate.js';

@Injectable()
export class BulkService {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly channels: ChannelChoices,
    private readonly opening: BulkOpening,
    private readonly bells: BellRinger,
  ) {}

  /** Returns once all messages are stored durably; they leave behind the answer. */
  async send(workspaceId: string, request: BulkRequest, by: string): Promise<BulkStarted> {
    const channel = await this.channels.choose(workspaceId, {
      channelId: request.channelId,
      instanceName: null,
    });
    const { campaignId, dispatchId, skipped } = await this.open(workspaceId, channel.id, request, by);
    await this.bells.ring(dispatchId, channel.id);
    const total = request.messages.length;
    return {
      campaignId,
      total,
      skipped: skipped === 0 ? {} : { suppressed: skipped },
      estimatedMs: estimateMs([channel], total - skipped, null),
    };
  }

  /** Where the connection broke as it was written, an Idempotency-Key must not let it be sent again. */
  private async open(
    workspaceId: string,
    channelId: string,
    request: BulkRequest,
    by: string,
  ): Promise<OpenedBulk> {
    try {
      return await this.opening.open(workspaceId, channelId, request, by);
    } catch (error) {
      if (isProvedUndone(error)) throw error;
      this.logger.error(`whether a bulk request was stored is not known: ${(error as Error).message}`);
      throw new BulkOutcomeUnknownError();
    }
  }
}
