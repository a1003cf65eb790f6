import { HttpCalls, type AddressGate } from '../http/http-calls.js';
import type { HttpResult } from '../http/http-result.js';
import type {
  MediaDownload,
  MediaUpload,
  MediaUploadAnswer,
  NumberStanding,
  TemplatePage,
} from '../provider-answers.js';
import type { ChannelHealth, OutboundMessage, ProviderClient } from '../provider.js';
import type { SendOutcome } from '../send-outcome.js';
import { cloudHealth, HEALTH_FIELDS } from './cloud-health.js';
import { CloudMedia } from './cloud-media.js';
import { cloudMessage, marketingOf } from './cloud-message.js';
import { cloudOutcome } from './cloud-outcome.js';
import type { CloudSettings } from './cloud-settings.js';
import { cloudStanding, STANDING_FIELDS } from './cloud-standing.js';
import { NO_WABA, templatePage, templatesQuery } from './cloud-templates.js';

/** An open line to one number of the Cloud API. */
export class CloudClient implements ProviderClient {
  private readonly calls: HttpCalls;
  private readonly media: CloudMedia;
  private readonly numberPath: string;
  private readonly sendPath: string;
  private readonly marketingPath: string;
  private readonly templatesPath: string | undefined;
  private readonly headers: string[];

  constructor(settings: CloudSettings, maxOpenCalls: number, gate: AddressGate) {
    const { origin, pathname } = new URL(settings.baseUrl);
    const { wabaId, phoneNumberId } = settings;
    const versionPath = `${pathname.replace(/\/+$/, '')}/${settings.apiVersion}`;
    const authorization = `Bearer ${settings.accessToken}`;
    this.numberPath = `${versionPath}/${phoneNumberId}`;
    this.sendPath = `${this.numberPath}/messages`;
    this.marketingPath = `${this.numberPath}/marketing_messages`;
    this.templatesPath = wabaId === undefined ? undefined : `${versionPath}/${wabaId}/message_templates`;
    this.headers = ['authorization', authorization, 'content-type', 'application/json'];
    this.calls = new HttpCalls({ origin, maxOpenCalls, gate });
    const access = { origin, versionPath, numberPath: this.numberPath, phoneNumberId, authorization };
    this.media = new CloudMedia(access, this.calls, gate);
  }

  async send(message: OutboundMessage, deadlineMs: number): Promise<SendOutcome> {
    const path = marketingOf(message.content) === undefined ? this.sendPath : this.marketingPath;
    const result = await this.calls.call(
      { method: 'POST', path, headers: this.headers, body: cloudMessage(message) },
      deadlineMs,
    );
    return cloudOutcome(result, message.recipient);
  }

  async health(deadlineMs: number): Promise<ChannelHealth> {
    return cloudHealth(await this.get(`${this.numberPath}?fields=${HEALTH_FIELDS}`, deadlineMs));
  }

  async standing(deadlineMs: number): Promise<NumberStanding> {
    return cloudStanding(await this.get(`${this.numberPath}?fields=${STANDING_FIELDS}`, deadlineMs));
  }

  async listTemplates(cursor: string | null, deadlineMs: number): Promise<TemplatePage> {
    if (this.templatesPath === undefined) return NO_WABA;
    return templatePage(await this.get(`${this.templatesPath}?${templatesQuery(cursor)}`, deadlineMs));
  }

  openMedia(ref: string, limits: { deadlineMs: number; maxBytes: number }): Promise<MediaDownload> {
    return this.media.open(ref, limits);
  }

  uploadMedia(upload: MediaUpload, deadlineMs: number): Promise<MediaUploadAnswer> {
    return this.media.upload(upload, deadlineMs);
  }

  async close(): Promise<void> {
    await Promise.all([this.calls.close(), this.media.close()]);
  }

  private get(path: string, deadlineMs: number): Promise<HttpResult> {
    return this.calls.call({ method: 'GET', path, headers: this.headers }, deadlineMs);
  }
}
