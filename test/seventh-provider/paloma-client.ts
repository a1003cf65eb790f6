import { unsupportedContent } from '../../src/channels/providers/content-fault.js';
import { HttpCalls, type AddressGate } from '../../src/channels/providers/http/http-calls.js';
import type {
  ChannelHealth,
  OutboundMessage,
  ProviderClient,
} from '../../src/channels/providers/provider.js';
import type { SendOutcome } from '../../src/channels/providers/send-outcome.js';
import { palomaOutcome } from './paloma-outcome.js';
import type { PalomaSettings } from './paloma-settings.js';

/** An open line to one number. Whatever is the same for each message is made here, once. */
export class PalomaClient implements ProviderClient {
  private readonly calls: HttpCalls;
  private readonly linePath: string;
  private readonly headers: string[];

  constructor({ baseUrl, line, token }: PalomaSettings, maxOpenCalls: number, gate: AddressGate) {
    const { origin, pathname } = new URL(baseUrl);
    this.calls = new HttpCalls({ origin, maxOpenCalls, gate });
    this.linePath = `${pathname.replace(/\/+$/, '')}/v1/lines/${line}`;
    this.headers = ['authorization', `Bearer ${token}`, 'content-type', 'application/json'];
  }

  async send(
    { recipient, content, correlationId }: OutboundMessage,
    deadlineMs: number,
  ): Promise<SendOutcome> {
    if (content.type !== 'text') return unsupportedContent('paloma', content);
    const body = JSON.stringify({ to: recipient, text: content.text, ref: correlationId });
    const path = `${this.linePath}/messages`;
    return palomaOutcome(
      await this.calls.call({ method: 'POST', path, headers: this.headers, body }, deadlineMs),
    );
  }

  async health(deadlineMs: number): Promise<ChannelHealth> {
    const result = await this.calls.call(
      { method: 'GET', path: this.linePath, headers: this.headers },
      deadlineMs,
    );
    if (result.kind === 'failure') return { connection: 'disconnected', reason: `${result.fault.what}.` };
    if (result.status === 200) return { connection: 'connected' };
    const reason = `Paloma answered HTTP ${result.status}; check line and token.`;
    return { connection: result.status < 500 ? 'disconnected' : 'unknown', reason };
  }

  close(): Promise<void> {
    return this.calls.close();
  }
}
