import { Injectable } from '@nestjs/common';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { canonicalRecipient } from '../../common/recipient.js';
import { Config } from '../../config/config.js';
import { BadPhone } from '../../contacts/contact.errors.js';
import { isProvedUndone } from '../../ledger/commit-doubt.js';
import { transactionalPolicy } from '../../ledger/dispatch-policy.js';
import { StreamWriter } from '../../ledger/stream-writer.js';
import type { StreamAppended, StreamKey, StreamRow } from '../../ledger/stream.js';
import { TaskIds } from '../../ledger/task-id.js';
import { BellRinger } from '../../queue/bell-ringer.js';
import { PreflightService } from '../preflight/preflight.service.js';
import { NoSampleError, SampleOutcomeUnknownError } from './sample-test.errors.js';

export interface SampleSent {
  readonly taskId: string;
  readonly phone: string;
  readonly channelId: string;
  readonly recipient: string;
  readonly content: MessageContent;
}

/** Sends to one number what somebody of the audience will get, as every single message is sent. */
@Injectable()
export class SampleTests {
  constructor(
    private readonly preflights: PreflightService,
    private readonly streams: StreamWriter,
    private readonly taskIds: TaskIds,
    private readonly bells: BellRinger,
    private readonly config: Config,
  ) {}

  /** A single message of category service: it is nobody's marketing, and no part of the campaign. */
  async send(workspaceId: string, id: string, phone: string, nth: number): Promise<SampleSent> {
    const to = canonicalRecipient(phone, this.config.defaultCountry);
    if (!to.ok) throw new BadPhone(phone, to.reason);
    const { samples: shown, counts } = await this.preflights.of(workspaceId, id);
    // Where all lack something, preflight shows what that would look like, and a start is refused.
    const samples = counts.missingVariables === counts.recipients ? [] : shown;
    const sample = samples[nth - 1];
    if (sample === undefined) throw new NoSampleError(nth, samples.length);
    const { channelId, recipient, content } = sample;
    const policy = transactionalPolicy(this.config.engine);
    const stream = { workspaceId, channelId, category: 'service', policy } as const;
    const { dispatchId, firstSeq } = await this.write(stream, { recipient: to.recipient, content });
    await this.bells.ring(dispatchId, channelId, 1);
    const taskId = this.taskIds.idOf(workspaceId, { dispatchId, seq: firstSeq });
    return { taskId, phone: to.recipient, channelId, recipient, content };
  }

  private async write(stream: StreamKey, row: StreamRow): Promise<StreamAppended> {
    try {
      return await this.streams.write(stream, [row]);
    } catch (error) {
      throw isProvedUndone(error) ? error : new SampleOutcomeUnknownError();
    }
  }
}
