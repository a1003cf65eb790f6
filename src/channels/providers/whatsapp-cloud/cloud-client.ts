import { HttpCalls, type AddressGate } from '../http/http-calls.js';
import type { ChannelHealth, OutboundMessage, ProviderClient } from '../provider.js';
import type { SendOutcome } from '../send-outcome.js';
import { cloudHealth } from './cloud-health.js';
import { cloudMessage } from './cloud-message.js';
import { cloudOutcome } from './cloud-outcome.js';
import type { CloudSettings } from './cloud-settings.js';

const HEALTH_FIELDS = 'id,display_phone_number,verified_name,quality_rating';

/** An open line to one number of the Cloud API. */
export class CloudClient implements ProviderClient {
  private readonly calls: HttpCalls;
  private readonly sendPath: string;
  private readonly healthPath: string;
  private readonly headers: string[];

  constructor(settings: CloudSettings, maxOpenCalls: number, gate: AddressGate) {
    const { origin, pathname } = new URL(settings.baseUrl);
    const numberPath = `${pathname.replace(/\/+$/, '')}/${settings.apiVersion}/${settings.phoneNumberId}`;
    this.calls = new HttpCalls({ origin, maxOpenCalls, gate });
    this.sendPath = `${numberPath}/messages`;
    this.healthPath = `${numberPath}?fields=${HEALTH_FIELDS}`;
    this.headers = ['authorization', `Bearer ${settings.accessToken}`, 'content-type', 'application/json'];
  }

  async send(message: OutboundMessage, deadlineMs: number): Promise<SendOutcome> {
    const result = await this.calls.call(
      { method: 'POST', path: this.sendPath, headers: this.headers, body: cloudMessage(message) },
      deadlineMs,
    );
    return cloudOutcome(result, message.recipient);
  }

  async health(deadlineMs: number): Promise<ChannelHealth> {
    const result = await this.calls.call(
      { method: 'GET', path: this.healthPath, headers: this.headers },
      deadlineMs,
    );
    return cloudHealth(result);
  }

  close(): Promise<void> {
    return this.calls.close();
  }
}
