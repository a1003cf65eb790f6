import type { Agent } from 'undici';
import { gatedAgent } from '../http/gated-agent.js';
import { HttpCalls, type AddressGate } from '../http/http-calls.js';
import type { HttpResult } from '../http/http-result.js';
import { isCommonContent } from '../message-content.js';
import { unsupportedContent } from '../content-fault.js';
import type { MediaDownload, QrCode, RestartAnswer } from '../provider-answers.js';
import type {
  ChannelHealth,
  LookUpAnswer,
  LookUpQuestion,
  OutboundMessage,
  ProviderClient,
} from '../provider.js';
import type { SendOutcome } from '../send-outcome.js';
import { numberOf, presetMessageId } from './evolution-ids.js';
import { evolutionLookUp, lookUpBody } from './evolution-look-up.js';
import { openEvolutionMedia } from './evolution-media.js';
import { EVOLUTION_SEND_PATHS, evolutionMessage } from './evolution-message.js';
import { evolutionOutcome } from './evolution-outcome.js';
import {
  healthOfState,
  readKeptState,
  readLinkCode,
  readRestart,
  readState,
  refusedRestart,
  type KeptState,
} from './evolution-session.js';
import type { EvolutionSettings } from './evolution-settings.js';
import { SessionErrorRun } from './session-error-run.js';

const MOST_QUESTIONS = 4;

export interface EvolutionLine {
  readonly channelId: string;
  readonly settings: EvolutionSettings;
  readonly maxOpenCalls: number;
}

/** An open line to one instance of Evolution API. */
export class EvolutionClient implements ProviderClient {
  private readonly calls: HttpCalls;
  /** Over connections of their own: sends take seconds here, and a session that nobody could ask about would look lost. */
  private readonly questions: HttpCalls;
  private readonly files: Agent;
  private readonly headers: string[];
  private readonly sendPaths: Readonly<Record<keyof typeof EVOLUTION_SEND_PATHS, string>>;
  private readonly statePath: string;
  private readonly keptStatePath: string;
  private readonly instance: string;
  private readonly isPhone: boolean;
  private readonly channelId: string;
  private readonly sessionErrors = new SessionErrorRun();
  private closing: Promise<unknown> | undefined;

  readonly restart?: (deadlineMs: number) => Promise<RestartAnswer>;
  readonly qrCode?: (deadlineMs: number) => Promise<QrCode | null>;
  readonly lookUp?: (question: LookUpQuestion, deadlineMs: number) => Promise<LookUpAnswer>;
  readonly openMedia?: (
    messageId: string,
    limits: { deadlineMs: number; maxBytes: number },
  ) => Promise<MediaDownload>;

  constructor({ channelId, settings, maxOpenCalls }: EvolutionLine, gate: AddressGate) {
    const { origin, pathname } = new URL(settings.baseUrl);
    const root = pathname.replace(/\/+$/, '');
    const instance = encodeURIComponent(settings.instance);
    this.calls = new HttpCalls({ origin, maxOpenCalls, gate });
    this.questions = new HttpCalls({ origin, maxOpenCalls: MOST_QUESTIONS, gate });
    this.files = gatedAgent(gate);
    this.headers = ['apikey', settings.apiKey, 'content-type', 'application/json'];
    this.channelId = channelId;
    this.instance = settings.instance;
    this.isPhone = settings.integration === 'WHATSAPP-BAILEYS';
    const paths = Object.entries(EVOLUTION_SEND_PATHS).map(([type, path]) => [
      type,
      `${root}${path}${instance}`,
    ]);
    this.sendPaths = Object.fromEntries(paths) as typeof this.sendPaths;
    this.statePath = `${root}/instance/connectionState/${instance}`;
    this.keptStatePath = `${root}/instance/fetchInstances?instanceName=${instance}`;
    // An instance of the Cloud API keeps no session, its ids are Meta's, and it gives no file by the id of a message.
    if (!this.isPhone) return;
    this.restart = (deadlineMs) => this.restarted(`${root}/instance/restart/${instance}`, deadlineMs);
    this.qrCode = async (deadlineMs) =>
      readLinkCode(await this.ask('GET', `${root}/instance/connect/${instance}`, deadlineMs));
    this.lookUp = (question, deadlineMs) =>
      this.lookedUp(`${root}/chat/findMessages/${instance}`, question, deadlineMs);
    const fileUrl = `${origin}${root}/chat/getBase64FromMediaMessage/${instance}`;
    this.openMedia = (messageId, limits) =>
      openEvolutionMedia({ url: fileUrl, apiKey: settings.apiKey, messageId, ...limits }, this.files);
  }

  async send(
    { recipient, content, correlationId }: OutboundMessage,
    deadlineMs: number,
  ): Promise<SendOutcome> {
    if (!isCommonContent(content)) return unsupportedContent('evolution', content);
    if (content.type === 'template' && this.isPhone) return TEMPLATES_UNAVAILABLE;
    const number = numberOf(recipient);
    if (number === undefined) return UNKNOWN_FORM;
    const messageId = this.isPhone ? presetMessageId(this.channelId, correlationId, recipient) : undefined;
    const body = evolutionMessage(number, content, messageId);
    const result = await this.calls.call(
      { method: 'POST', path: this.sendPaths[content.type], headers: this.headers, body },
      deadlineMs,
    );
    return this.sessionErrors.judge(evolutionOutcome(result, recipient), recipient);
  }

  async health(deadlineMs: number): Promise<ChannelHealth> {
    const endMs = performance.now() + deadlineMs;
    const answer = readState(await this.ask('GET', this.statePath, deadlineMs));
    if (answer.kind === 'trouble') return answer.health;
    const { state } = answer;
    return healthOfState(state, state === 'open' ? undefined : await this.keptState(leftUntil(endMs)));
  }

  async close(): Promise<void> {
    // The agent of the files takes a second close for a mistake.
    this.closing ??= Promise.all([this.calls.close(), this.questions.close(), this.files.close()]);
    await this.closing;
  }

  private async restarted(path: string, deadlineMs: number): Promise<RestartAnswer> {
    const endMs = performance.now() + deadlineMs;
    const answer = readRestart(await this.ask('POST', path, deadlineMs, '{}'));
    return answer ?? refusedRestart(await this.health(leftUntil(endMs)));
  }

  private async lookedUp(path: string, question: LookUpQuestion, deadlineMs: number): Promise<LookUpAnswer> {
    const presetId = presetMessageId(this.channelId, question.correlationId, question.recipient);
    const result = await this.ask('POST', path, deadlineMs, lookUpBody(presetId));
    return evolutionLookUp(result, presetId, question);
  }

  private async keptState(deadlineMs: number): Promise<KeptState | undefined> {
    return readKeptState(await this.ask('GET', this.keptStatePath, deadlineMs), this.instance);
  }

  private ask(method: 'GET' | 'POST', path: string, deadlineMs: number, body?: string): Promise<HttpResult> {
    const { headers } = this;
    return this.questions.call({ method, path, headers, ...(body !== undefined && { body }) }, deadlineMs);
  }
}

function leftUntil(endMs: number): number {
  return Math.max(1, endMs - performance.now());
}

/** As a sentence without its full stop. */
export const TEMPLATE_FAULT =
  'an instance of Evolution API that is linked to a phone has no templates; send a text, or set integration to WHATSAPP-BUSINESS if it is one of the Cloud API';

const TEMPLATES_UNAVAILABLE: SendOutcome = {
  kind: 'rejected',
  failureClass: 'permanent_config',
  code: 'no_templates',
  reason: `It cannot be sent: ${TEMPLATE_FAULT}.`,
};

const UNKNOWN_FORM: SendOutcome = {
  kind: 'rejected',
  failureClass: 'permanent_recipient',
  code: 'recipient_form',
  reason: 'The recipient is neither a phone number nor an id that Evolution API knows.',
};
