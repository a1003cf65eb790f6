import { Injectable, Logger } from '@nestjs/common';
import { ChannelChoices } from '../../channels/channel-choice.js';
import { refuseUnsupported } from '../../channels/supported-content.js';
import { isProvedUndone } from '../../ledger/commit-doubt.js';
import { BellRinger } from '../../queue/bell-ringer.js';
import { skippedByCode, type BulkRequest, type BulkStarted } from './bulk.js';
import { BulkOutcomeUnknownError } from './bulk.errors.js';
import { BulkOpening, type BulkChannel, type OpenedBulk } from './bulk-opening.js';
import { FinishTimes } from '../windows/finish-times.js';

@Injectable()
export class BulkService {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly channels: ChannelChoices,
    private readonly opening: BulkOpening,
    private readonly bells: BellRinger,
    private readonly finishTimes: FinishTimes,
  ) {}

  /** Returns once all messages are stored durably; they leave behind the answer. */
  async send(workspaceId: string, request: BulkRequest, by: string): Promise<BulkStarted> {
    const channel = await this.channels.choose(workspaceId, {
      channelId: request.channelId,
      instanceName: null,
    });
    for (const [position, { content }] of request.messages.entries()) {
      refuseUnsupported([channel], content, `/messages/${position}/content`);
    }
    const ofBulk = { id: channel.id, hasWindow: channel.capabilities.hasServiceWindow };
    const { campaignId, dispatchId, skipped } = await this.open(workspaceId, ofBulk, request, by);
    await this.bells.ring(dispatchId, channel.id);
    const total = request.messages.length;
    return {
      campaignId,
      total,
      skipped: skippedByCode({ suppressed: skipped.suppressed, window_closed: skipped.windowClosed }),
      estimatedMs: await this.finishTimes.beforeStart(
        { workspaceId, window: null, category: request.category, pacing: null, ratePerSecond: null },
        null,
        [channel],
        total - skipped.suppressed - skipped.windowClosed,
      ),
    };
  }

  /** Where the connection broke as it was written, an Idempotency-Key must not let it be sent again. */
  private async open(
    workspaceId: string,
    channel: BulkChannel,
    request: BulkRequest,
    by: string,
  ): Promise<OpenedBulk> {
    try {
      return await this.opening.open(workspaceId, channel, request, by);
    } catch (error) {
      if (isProvedUndone(error)) throw error;
      this.logger.error(`whether a bulk request was stored is not known: ${(error as Error).message}`);
      throw new BulkOutcomeUnknownError();
    }
  }
}
