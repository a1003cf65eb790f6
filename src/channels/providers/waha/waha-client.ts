import type { Agent } from 'undici';
import { downloadFile } from '../http/file-download.js';
import { gatedAgent } from '../http/gated-agent.js';
import { HttpCalls, type AddressGate } from '../http/http-calls.js';
import type { HttpResult } from '../http/http-result.js';
import { unsupportedContent } from '../content-fault.js';
import { isCommonContent, type MessageContent } from '../message-content.js';
import type { MediaDownload, QrCode, RestartAnswer } from '../provider-answers.js';
import type {
  ChannelHealth,
  LookUpAnswer,
  LookUpQuestion,
  OutboundMessage,
  ProviderClient,
} from '../provider.js';
import type { SendOutcome } from '../send-outcome.js';
import { needsPerson, wahaHealth, wahaQrCode, wahaRestart } from './waha-health.js';
import { chatIdOf, presetMessageId } from './waha-ids.js';
import { wahaLookUp } from './waha-look-up.js';
import { mediaUrl } from './waha-media.js';
import { wahaMessage, type WahaContent } from './waha-message.js';
import { chatOfCheck } from './waha-number.js';
import { wahaOutcome } from './waha-outcome.js';
import { messagePath, wahaPaths, type WahaPaths } from './waha-paths.js';
import type { WahaSettings } from './waha-settings.js';

/** Questions go over connections of their own: sending never waits for one. */
const MOST_QUESTIONS = 4;
/** Of a send's whole time; the rest is for the sending. */
const CHECK_PART = 0.3;

/** An open line to one session of a WAHA. */
export class WahaClient implements ProviderClient {
  private readonly calls: HttpCalls;
  private readonly questions: HttpCalls;
  private readonly files: Agent;
  private readonly paths: WahaPaths;
  private readonly headers: string[];
  /** Whether the engine gives messages the ids that we set (NOWEB, GOWS) or its own (WEBJS), as its last answer has it. */
  private keepsPresetIds = true;
  private closing: Promise<unknown> | undefined;

  constructor(
    private readonly channelId: string,
    private readonly settings: WahaSettings,
    maxOpenCalls: number,
    gate: AddressGate,
  ) {
    this.paths = wahaPaths(settings);
    const { origin } = this.paths;
    const json = 'application/json';
    this.calls = new HttpCalls({ origin, maxOpenCalls, gate });
    this.questions = new HttpCalls({ origin, maxOpenCalls: MOST_QUESTIONS, gate });
    this.files = gatedAgent(gate);
    this.headers = ['x-api-key', settings.apiKey, 'content-type', json, 'accept', json];
  }

  async send(message: OutboundMessage, deadlineMs: number): Promise<SendOutcome> {
    const { recipient, content, correlationId } = message;
    if (!isWahaContent(content)) {
      return content.type === 'template' ? NO_TEMPLATES : unsupportedContent('waha', content);
    }
    const chatId = chatIdOf(recipient);
    if (chatId === undefined) return NO_CHAT;
    const presetId = presetMessageId(this.channelId, correlationId, recipient);
    const result = await (this.settings.checkNumbers === true && recipient.startsWith('+')
      ? this.callChecked(chatId, presetId, content, deadlineMs)
      : this.call(chatId, presetId, content, deadlineMs));
    const { keepsPresetIds } = this;
    const isMedia = content.type !== 'text';
    const outcome = wahaOutcome(result, { recipient, presetId, keepsPresetIds, isMedia });
    if (outcome.kind === 'accepted' && outcome.providerId !== null) {
      this.keepsPresetIds = outcome.providerId === presetId;
    }
    return outcome;
  }

  async health(deadlineMs: number): Promise<ChannelHealth> {
    return wahaHealth(await this.ask('GET', this.paths.session, deadlineMs));
  }

  /** A session that waits for a person is left as it is: a restart would only draw another code. */
  async restart(deadlineMs: number): Promise<RestartAnswer> {
    const endsAt = performance.now() + deadlineMs;
    const health = await this.health(deadlineMs);
    if (health.needsPerson === true) return needsPerson(health.reason);
    return wahaRestart(await this.ask('POST', this.paths.restart, leftUntil(endsAt)));
  }

  async qrCode(deadlineMs: number): Promise<QrCode | null> {
    const [asText, asImage] = await Promise.all([
      this.ask('GET', this.paths.qrText, deadlineMs),
      this.ask('GET', this.paths.qrImage, deadlineMs),
    ]);
    return wahaQrCode(asText, asImage);
  }

  async lookUp(question: LookUpQuestion, deadlineMs: number): Promise<LookUpAnswer> {
    const { recipient, correlationId } = question;
    const chatId = chatIdOf(recipient);
    if (chatId === undefined) return { kind: 'unsure', code: NO_CHAT.code, reason: NO_CHAT.reason };
    const presetId = presetMessageId(this.channelId, correlationId, recipient);
    const path = messagePath(this.paths.chats, chatId, presetId);
    return wahaLookUp(await this.ask('GET', path, deadlineMs), presetId, question);
  }

  async openMedia(
    ref: string,
    limits: { readonly deadlineMs: number; readonly maxBytes: number },
  ): Promise<MediaDownload> {
    const { baseUrl, apiKey } = this.settings;
    const url = mediaUrl(ref, baseUrl);
    if (url === undefined) return FILE_ELSEWHERE;
    return downloadFile({ url, headers: { 'x-api-key': apiKey }, ...limits }, this.files);
  }

  async close(): Promise<void> {
    // The agent of the files takes a second close for a mistake.
    this.closing ??= Promise.all([this.calls.close(), this.questions.close(), this.files.close()]);
    await this.closing;
  }

  private call(
    chatId: string,
    presetId: string,
    content: WahaContent,
    deadlineMs: number,
  ): Promise<HttpResult> {
    const path = this.paths.send[content.type];
    const body = wahaMessage(this.settings.session, chatId, presetId, content);
    return this.calls.call({ method: 'POST', path, headers: this.headers, body }, deadlineMs);
  }

  /** To the chat that WhatsApp has for the number; where it does not say, to the number as it is. */
  private async callChecked(
    chatId: string,
    presetId: string,
    content: WahaContent,
    deadlineMs: number,
  ): Promise<HttpResult> {
    const endsAt = performance.now() + deadlineMs;
    const path = this.paths.check + chatId.slice(0, chatId.indexOf('@'));
    const checked = await this.calls.call(
      { method: 'GET', path, headers: this.headers },
      deadlineMs * CHECK_PART,
    );
    return this.call(chatOfCheck(checked) ?? chatId, presetId, content, leftUntil(endsAt));
  }

  private ask(method: 'GET' | 'POST', path: string, deadlineMs: number): Promise<HttpResult> {
    return this.questions.call({ method, path, headers: this.headers }, deadlineMs);
  }
}

function isWahaContent(content: MessageContent): content is WahaContent {
  return content.type !== 'template' && isCommonContent(content);
}

function leftUntil(endsAt: number): number {
  return Math.max(1, endsAt - performance.now());
}

/** As it ends up in an error; see Provider.contentFault. */
export const TEMPLATE_FAULT =
  'waha is a WhatsApp Web session and has no templates; send a text, or choose channels of whatsapp-cloud or twilio';

const NO_TEMPLATES: SendOutcome = {
  kind: 'rejected',
  failureClass: 'permanent_message',
  code: 'no_templates',
  reason: `${TEMPLATE_FAULT}.`,
};

const FILE_ELSEWHERE: MediaDownload = {
  kind: 'failed',
  code: 'file_elsewhere',
  reason: 'WAHA keeps its files outside itself (S3), where Caudal does not follow; fetch the file there.',
};

const NO_CHAT = {
  kind: 'rejected',
  failureClass: 'permanent_recipient',
  code: 'not_a_chat',
  reason: 'The recipient is neither a phone number nor an id that WhatsApp Web knows.',
} as const satisfies SendOutcome;
