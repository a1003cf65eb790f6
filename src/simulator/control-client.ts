import { request } from 'undici';
import type { Behaviour } from './behaviour.js';
import type { FaultKind, FaultTarget } from './faults.js';
import type { LedgerSummary } from './ledger-summary.js';
import type { WebhookSummary } from './control.js';

export interface SimulatedNumber {
  accessToken: string;
  appSecret: string;
  wabaId?: string;
  displayPhoneNumber?: string;
  verifiedName?: string;
  webhookUrl?: string;
  behaviour?: Partial<Behaviour>;
}

export interface ScriptedFault {
  kind: FaultKind;
  /** Without: calls that send. */
  on?: FaultTarget;
  phoneNumberId?: string;
  count?: number;
  rate?: number;
  match?: { toPrefix?: string };
  status?: number;
  code?: number;
  delayMs?: number;
  retryAfterSeconds?: number;
  bytes?: number;
  location?: string;
  processed?: boolean;
}

export interface SimulatorSummary extends LedgerSummary {
  unauthorised: number;
  redirectsFollowed: number;
  webhooks: WebhookSummary;
}

export interface LedgerEntry {
  row: number;
  id: string;
  phoneNumberId: string;
  to: string;
  waId: string;
  type: string | null;
  callbackData: string | null;
  receivedAtMs: number;
  accepted: boolean;
  answered: string;
}

export interface LedgerFilterQuery {
  phoneNumberId?: string;
  callbackPrefix?: string;
}

interface LedgerQuery extends LedgerFilterQuery {
  after?: number;
  limit?: number;
  everyCall?: boolean;
}

/** The control side of a running simulator, for the server that registers numbers, the demo, the tests and the benches. */
export class ControlClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async putNumber(phoneNumberId: string, number: SimulatedNumber): Promise<void> {
    await this.#call('PUT', `numbers/${encodeURIComponent(phoneNumberId)}`, number);
  }

  async putTemplates(wabaId: string, templates: object[]): Promise<void> {
    await this.#call('PUT', `templates/${encodeURIComponent(wabaId)}`, { templates });
  }

  async addFault(fault: ScriptedFault): Promise<void> {
    await this.#call('POST', 'faults', fault);
  }

  async clearFaults(): Promise<void> {
    await this.#call('DELETE', 'faults');
  }

  async clearLedger(): Promise<void> {
    await this.#call('DELETE', 'ledger');
  }

  async summary(filter: LedgerFilterQuery = {}): Promise<SimulatorSummary> {
    return (await this.#call('GET', `summary?${queryOf(filter)}`)) as SimulatorSummary;
  }

  async ledgerPage(query: LedgerQuery = {}): Promise<{ items: LedgerEntry[]; next: number | null }> {
    return (await this.#call('GET', `ledger?${queryOf(query)}`)) as {
      items: LedgerEntry[];
      next: number | null;
    };
  }

  /** Gives the ids of the messages. */
  async receive(
    phoneNumberId: string,
    messages: { from: string; text: string; name?: string }[],
  ): Promise<string[]> {
    return ((await this.#call('POST', 'inbound', { phoneNumberId, messages })) as { ids: string[] }).ids;
  }

  async postStatuses(statuses: object[]): Promise<void> {
    await this.#call('POST', 'statuses', { statuses });
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await request(`${this.url}/simulator/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200)
      throw new Error(`${method} /simulator/${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text);
  }
}

function queryOf(query: object): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) pairs.set(name, String(value));
  return pairs.toString();
}
