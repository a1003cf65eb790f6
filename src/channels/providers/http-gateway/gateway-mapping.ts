import type { MediaType } from '../message-content.js';
import type { FailureClass } from '../send-outcome.js';
import type { BodyTemplate } from './body-template.js';

export type Scalar = string | number | boolean | null;

/** How the service wants a phone number: "5255…", "+5255…", or as an address of WhatsApp Web. */
export const RECIPIENT_FORMS = ['digits', 'plus', 'c.us', 's.whatsapp.net'] as const;
export type RecipientForm = (typeof RECIPIENT_FORMS)[number];

/** Values that a member has where something is so. Of several, the first whose member is there decides. */
export interface Expectation {
  readonly path: string;
  readonly values: readonly Scalar[];
}

/** Sends may be POST or PUT: whatever lies on the way may repeat a GET, and a message would go out twice. */
export const SEND_METHODS = ['POST', 'PUT'] as const;

export interface SendMapping {
  readonly path: string;
  readonly method: (typeof SEND_METHODS)[number];
  readonly encoding: 'json' | 'form';
  readonly recipient: RecipientForm;
  readonly body: BodyTemplate;
}

/** Method, encoding and recipient are those of `send`. */
export interface MediaMapping {
  readonly path: string;
  readonly body: BodyTemplate;
  readonly types: readonly MediaType[];
}

export interface AnswerMapping {
  /** Statuses of a success; any 2xx when empty. */
  readonly statuses: readonly number[];
  /** What says that the message was taken; when empty, the status alone does. */
  readonly ok: readonly Expectation[];
  readonly id: readonly string[];
  /** Where the service says in words what went wrong. */
  readonly error: readonly string[];
}

export const RULE_CLASSES = [
  'permanent_recipient',
  'deferred_recipient',
  'window_closed',
  'permanent_message',
  'permanent_config',
  'auth_stop',
  'account_stop',
  'session_down',
  'transient',
  'transient_media',
] as const satisfies readonly FailureClass[];

/** Besides the classes of all providers: too fast, and "nobody can tell". */
export type RuleClass = (typeof RULE_CLASSES)[number] | 'throttled' | 'unknown';

/** An answer that is no success means this where all that the rule names is so. */
export interface ErrorRule {
  readonly class: RuleClass;
  readonly status?: number;
  /** Somewhere in the answer, in whatever case; no pattern, so that none can be slow. */
  readonly text?: string;
  readonly path?: string;
  readonly value?: Scalar;
}

export interface StatusMapping {
  readonly path: string;
  readonly ready: readonly Expectation[];
  readonly connecting: readonly Expectation[];
  /** A code waits to be scanned: only a person can go on. */
  readonly scan: readonly Expectation[];
}

export interface RestartMapping {
  readonly path: string;
  readonly method: 'POST' | 'GET';
}

export interface QrMapping {
  readonly path: string;
  readonly code: readonly string[];
  readonly pairingCode: readonly string[];
}

export type StatusWord = 'sent' | 'delivered' | 'read' | 'failed';

export interface WebhookMapping {
  /** Carries the token of `webhookToken`. */
  readonly tokenHeader: string;
  /** Where a body holds several elements; without it the body is one, or a list of them. */
  readonly list: readonly string[];
  readonly id: readonly string[];
  readonly word: readonly string[];
  readonly words: Readonly<Record<string, StatusWord>>;
  /** WhatsApp Web's own number: -1 failed, 1 sent, 2 delivered, 3 and 4 read. */
  readonly ack: readonly string[];
  /** What `{correlationId}` in the body was, where the service gives it back. */
  readonly correlation: readonly string[];
  readonly reason: readonly string[];
  readonly at: readonly string[];
  readonly from: readonly string[];
  readonly text: readonly string[];
  readonly name: readonly string[];
  /** True for what the number itself wrote. */
  readonly fromMe: readonly string[];
}

/** All that there is to know of a service. */
export interface GatewayMapping {
  readonly send: SendMapping;
  readonly media?: MediaMapping;
  readonly answer: AnswerMapping;
  readonly errors: readonly ErrorRule[];
  readonly status?: StatusMapping;
  readonly restart?: RestartMapping;
  readonly qr?: QrMapping;
  readonly webhook: WebhookMapping;
}

export type OptionalGroup = 'media' | 'status' | 'restart' | 'qr';

/** As much of a mapping as somebody wrote; `false` says that the service has no such thing. */
export interface MappingWish {
  readonly send?: Partial<SendMapping>;
  readonly media?: Partial<MediaMapping> | false;
  readonly answer?: Partial<AnswerMapping>;
  readonly errors?: readonly ErrorRule[];
  readonly status?: Partial<StatusMapping> | false;
  readonly restart?: Partial<RestartMapping> | false;
  readonly qr?: Partial<QrMapping> | false;
  readonly webhook?: Partial<WebhookMapping>;
}
