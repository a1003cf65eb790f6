import { HttpCalls, type AddressGate, type HttpRequest } from '../http/http-calls.js';
import { commonContentFault, unsupportedContent } from '../content-fault.js';
import { isCommonContent, type CommonContent, type MessageContent } from '../message-content.js';
import type { QrCode, RestartAnswer } from '../provider-answers.js';
import type { ChannelHealth, OutboundMessage, ProviderClient } from '../provider.js';
import type { SendOutcome } from '../send-outcome.js';
import { AnswerReader } from './gateway-answer.js';
import { bodyWriter, type BodyWriter } from './gateway-body.js';
import { GatewayHealth } from './gateway-health.js';
import type { GatewayMapping, SendMapping } from './gateway-mapping.js';
import { GatewayOutcomes } from './gateway-outcome.js';
import { qrCodeIn, restartAnswer } from './gateway-session.js';
import { mappingOf, type GatewaySettings } from './gateway-settings.js';
import { OwnRules } from './own-rules.js';
import { OwnWords } from './own-words.js';

const CONTENT_TYPES: Readonly<Record<SendMapping['encoding'], string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
};

const NO_RESTART_PATH: RestartAnswer = {
  kind: 'needs_person',
  code: 'no_restart_path',
  reason: 'The settings name no restart.path: restart the service by hand, or name it.',
};

/** Where messages of one kind go. */
interface Way {
  readonly path: string;
  readonly write: BodyWriter;
}

/** An open line to one service, as its mapping says. */
export class GatewayClient implements ProviderClient {
  readonly restart?: (deadlineMs: number) => Promise<RestartAnswer>;
  readonly qrCode?: (deadlineMs: number) => Promise<QrCode | null>;
  private readonly calls: HttpCalls;
  private readonly prefix: string;
  private readonly mapping: GatewayMapping;
  private readonly sendHeaders: string[];
  private readonly askHeaders: string[];
  private readonly texts: Way;
  private readonly files: Way | undefined;
  private readonly outcomes: GatewayOutcomes;
  private readonly healthReader: GatewayHealth | undefined;

  constructor(settings: GatewaySettings, maxOpenCalls: number, gate: AddressGate) {
    const { origin, pathname } = new URL(settings.baseUrl);
    this.calls = new HttpCalls({ origin, maxOpenCalls, gate });
    this.prefix = pathname.replace(/\/+$/, '');
    this.mapping = mappingOf(settings);
    const { send, media, answer, errors, status, restart, qr } = this.mapping;
    this.askHeaders = Object.entries(settings.headers ?? {}).flat();
    this.sendHeaders = withContentType(this.askHeaders, CONTENT_TYPES[send.encoding]);
    const added = { ...settings.fields, ...settings.secretFields };
    this.texts = { path: this.prefix + send.path, write: bodyWriter(send.body, send, added) };
    this.files =
      media === undefined
        ? undefined
        : { path: this.prefix + media.path, write: bodyWriter(media.body, send, added) };
    const words = new OwnWords(secretsOf(settings));
    const reader = new AnswerReader(answer);
    this.outcomes = new GatewayOutcomes(reader, new OwnRules(errors), words);
    this.healthReader = status === undefined ? undefined : new GatewayHealth(status, words);
    if (keepsSession(this.mapping)) {
      this.restart = async (deadlineMs) =>
        restart === undefined
          ? NO_RESTART_PATH
          : restartAnswer(await this.ask(restart.path, deadlineMs, restart.method), reader, words);
    }
    if (qr !== undefined)
      this.qrCode = async (deadlineMs) => qrCodeIn(await this.ask(qr.path, deadlineMs), qr);
  }

  async send(message: OutboundMessage, deadlineMs: number): Promise<SendOutcome> {
    const { content } = message;
    if (!isCommonContent(content)) return unsupportedContent('http-gateway', content);
    const way = this.wayOf(content);
    if (typeof way === 'string') {
      return {
        kind: 'rejected',
        failureClass: 'permanent_message',
        code: 'unsupported_content',
        reason: `${way}.`,
      };
    }
    const result = await this.calls.call(
      {
        method: this.mapping.send.method,
        path: way.path,
        headers: this.sendHeaders,
        body: way.write(message, content),
      },
      deadlineMs,
    );
    return this.outcomes.of(result, message);
  }

  async health(deadlineMs: number): Promise<ChannelHealth> {
    const { status } = this.mapping;
    if (status === undefined || this.healthReader === undefined) {
      return {
        connection: 'unknown',
        reason: 'The settings name no status.path, so that nobody can be asked.',
      };
    }
    return this.healthReader.of(await this.ask(status.path, deadlineMs));
  }

  close(): Promise<void> {
    return this.calls.close();
  }

  /** Why there is none, as a sentence without its full stop. */
  private wayOf(content: CommonContent): Way | string {
    if (content.type === 'text') return this.texts;
    if (content.type === 'template') return templateFault();
    if (this.files === undefined) return 'The settings do not say how files are sent; set media';
    return this.mapping.media?.types.includes(content.type) === true
      ? this.files
      : `The service takes no ${content.type}, as media.types says`;
  }

  private ask(path: string, deadlineMs: number, method: HttpRequest['method'] = 'GET') {
    return this.calls.call({ method, path: this.prefix + path, headers: this.askHeaders }, deadlineMs);
  }
}

/** Whether there is anything to watch or to start anew. */
export function keepsSession({ status, restart }: GatewayMapping): boolean {
  return status !== undefined || restart !== undefined;
}

/** What no mapping can say how to send; see Provider.contentFault. */
export function gatewayContentFault(content: MessageContent): string | undefined {
  return content.type === 'template' ? templateFault() : commonContentFault('http-gateway', content);
}

function templateFault(): string {
  return 'http-gateway sends no templates: a WhatsApp Web session has none; send a text';
}

function withContentType(headers: readonly string[], contentType: string): string[] {
  const isSet = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  return isSet ? [...headers] : [...headers, 'content-type', contentType];
}

function secretsOf({ headers, secretFields, webhookToken }: GatewaySettings): string[] {
  const values = [...Object.values(headers ?? {}), ...Object.values(secretFields ?? {}), webhookToken];
  return values.filter((value) => typeof value === 'string');
}
