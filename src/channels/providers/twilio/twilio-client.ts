import type { Agent } from 'undici';
import { gatedAgent } from '../http/gated-agent.js';
import { HttpCalls, type AddressGate } from '../http/http-calls.js';
import type { MediaDownload, TemplatePage } from '../provider-answers.js';
import type {
  ChannelHealth,
  LookUpAnswer,
  LookUpQuestion,
  OutboundMessage,
  ProviderClient,
} from '../provider.js';
import type { SendOutcome } from '../send-outcome.js';
import { twilioHealth } from './twilio-health.js';
import { lookUpAnswer, lookUpQuery } from './twilio-look-up.js';
import { openTwilioMedia } from './twilio-media.js';
import { TwilioForms } from './twilio-message.js';
import { twilioOutcome } from './twilio-outcome.js';
import type { TwilioSettings } from './twilio-settings.js';
import { templatePage, templatesPath } from './twilio-templates.js';

/** Questions go over connections of their own: sending never waits for one. */
const MOST_QUESTIONS = 8;

export interface TwilioClientOptions {
  readonly channelId: string;
  readonly settings: TwilioSettings;
  readonly maxOpenCalls: number;
  readonly gate: AddressGate;
  /** Where webhooks of this deployment come in, if that is known. */
  readonly publicUrl: string | undefined;
}

/** An open line to one sender, or one Messaging Service, of a Twilio account. */
export class TwilioClient implements ProviderClient {
  private readonly settings: TwilioSettings;
  private readonly gate: AddressGate;
  private readonly sends: HttpCalls;
  private readonly questions: HttpCalls;
  private readonly files: Agent;
  private readonly forms: TwilioForms;
  private readonly accountPath: string;
  private readonly messagesPath: string;
  private readonly sendHeaders: string[];
  private readonly headers: string[];
  private closing: Promise<void> | undefined;

  constructor({ channelId, settings, maxOpenCalls, gate, publicUrl }: TwilioClientOptions) {
    const { accountSid, authToken, apiKeySid, apiKeySecret, baseUrl } = settings;
    const { origin, path } = placeOf(baseUrl);
    const user = apiKeySid ?? accountSid;
    const secret = apiKeySecret ?? authToken;
    this.settings = settings;
    this.gate = gate;
    this.sends = new HttpCalls({ origin, maxOpenCalls, gate });
    this.questions = new HttpCalls({ origin, maxOpenCalls: MOST_QUESTIONS, gate });
    this.files = gatedAgent(gate);
    this.forms = new TwilioForms(settings, publicUrl, channelId);
    this.accountPath = `${path}/2010-04-01/Accounts/${accountSid}`;
    this.messagesPath = `${this.accountPath}/Messages.json`;
    this.headers = ['authorization', `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`];
    this.sendHeaders = [...this.headers, 'content-type', 'application/x-www-form-urlencoded'];
  }

  async send(message: OutboundMessage, deadlineMs: number): Promise<SendOutcome> {
    const form = this.forms.formOf(message);
    if (form.kind === 'refused') return form.outcome;
    const result = await this.sends.call(
      { method: 'POST', path: this.messagesPath, headers: this.sendHeaders, body: form.body },
      deadlineMs,
    );
    return twilioOutcome(result, message.correlationId);
  }

  /** A standard API key may not read the account that it sends for, so it is tried on the messages. */
  async health(deadlineMs: number): Promise<ChannelHealth> {
    const startedAt = performance.now();
    const [path, question] =
      this.settings.apiKeySid === undefined
        ? ([`${this.accountPath}.json`, 'account'] as const)
        : ([`${this.messagesPath}?PageSize=1`, 'messages'] as const);
    const result = await this.questions.call({ method: 'GET', path, headers: this.headers }, deadlineMs);
    const health = twilioHealth(result, question);
    const { messagingServiceSid, messagingBaseUrl } = this.settings;
    if (messagingServiceSid === undefined || health.connection !== 'connected') return health;
    const leftMs = Math.max(1, deadlineMs - (performance.now() - startedAt));
    return twilioHealth(
      await this.ask(messagingBaseUrl, `/v1/Services/${messagingServiceSid}`, leftMs),
      'service',
    );
  }

  async lookUp(question: LookUpQuestion, deadlineMs: number): Promise<LookUpAnswer> {
    const path = this.messagesPath + lookUpQuery(this.settings, question);
    const result = await this.questions.call({ method: 'GET', path, headers: this.headers }, deadlineMs);
    return lookUpAnswer(result, question, this.settings);
  }

  async listTemplates(cursor: string | null, deadlineMs: number): Promise<TemplatePage> {
    return templatePage(await this.ask(this.settings.contentBaseUrl, templatesPath(cursor), deadlineMs));
  }

  openMedia(ref: string, limits: { deadlineMs: number; maxBytes: number }): Promise<MediaDownload> {
    const { baseUrl, accountSid } = this.settings;
    const access = { baseUrl, accountSid, headers: this.headers, calls: this.questions, agent: this.files };
    return openTwilioMedia(ref, access, limits);
  }

  async close(): Promise<void> {
    this.closing ??= this.files.close();
    await Promise.all([this.sends.close(), this.questions.close(), this.closing]);
  }

  /** One question to another of Twilio's hosts, too rare to keep a connection for. */
  private async ask(baseUrl: string, path: string, deadlineMs: number) {
    const place = placeOf(baseUrl);
    const calls = new HttpCalls({ origin: place.origin, maxOpenCalls: 1, gate: this.gate });
    const result = await calls.call(
      { method: 'GET', path: place.path + path, headers: this.headers },
      deadlineMs,
    );
    await calls.close();
    return result;
  }
}

function placeOf(baseUrl: string): { origin: string; path: string } {
  const { origin, pathname } = new URL(baseUrl);
  return { origin, path: pathname.replace(/\/+$/, '') };
}
