import type {
  ChannelHealth,
  LookUpAnswer,
  LookUpQuestion,
  OutboundMessage,
  ProviderClient,
} from '../provider.js';
import type { MediaUpload, MediaUploadAnswer, NumberStanding, TemplatePage } from '../provider-answers.js';
import type { SendOutcome } from '../send-outcome.js';
import type { CloudClient } from '../whatsapp-cloud/cloud-client.js';
import type { SimulatorLookUp } from './simulator-look-up.js';

/** The Cloud API driver, and beside it the look-up that the Cloud API does not have. */
export class SimulatorLineClient implements ProviderClient {
  constructor(
    private readonly cloud: CloudClient,
    private readonly lookUps: SimulatorLookUp,
  ) {}

  send(message: OutboundMessage, deadlineMs: number): Promise<SendOutcome> {
    return this.cloud.send(message, deadlineMs);
  }

  health(deadlineMs: number): Promise<ChannelHealth> {
    return this.cloud.health(deadlineMs);
  }

  listTemplates(cursor: string | null, deadlineMs: number): Promise<TemplatePage> {
    return this.cloud.listTemplates(cursor, deadlineMs);
  }

  standing(deadlineMs: number): Promise<NumberStanding> {
    return this.cloud.standing(deadlineMs);
  }

  uploadMedia(upload: MediaUpload, deadlineMs: number): Promise<MediaUploadAnswer> {
    return this.cloud.uploadMedia(upload, deadlineMs);
  }

  lookUp(question: LookUpQuestion, deadlineMs: number): Promise<LookUpAnswer> {
    return this.lookUps.ask(question, deadlineMs);
  }

  async close(): Promise<void> {
    await Promise.all([this.cloud.close(), this.lookUps.close()]);
  }
}
