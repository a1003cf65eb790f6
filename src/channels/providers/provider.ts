import type { ChannelLimits } from '../channel-limits.js';
import type { MessageContent } from './message-content.js';
import type { SendOutcome } from './send-outcome.js';
import type {
  MediaDownload,
  MediaUpload,
  MediaUploadAnswer,
  NumberStanding,
  QrCode,
  RestartAnswer,
  TemplatePage,
} from './provider-answers.js';
import type { WebhookDelivery } from './webhook-delivery.js';
import type { WebhookElement } from './webhook-element.js';

/** What a provider can and cannot tell us; decides what Caudal may promise on it. */
export interface ProviderCapabilities {
  /** Our correlation id comes back in every status. */
  readonly echoesCorrelation: boolean;
  /** A message can be looked up after an unknown outcome: then, and only then, its clients have `lookUp`. */
  readonly canLookUp: boolean;
  /** How long the provider repeats a webhook that was not answered 200. */
  readonly webhookRetryMs: number;
  /** Free text reaches only people who wrote within 24 hours. */
  readonly hasServiceWindow: boolean;
  /** It keeps a web session that may be lost and restarted: then its clients have `restart`. */
  readonly keepsSession: boolean;
  /** It proves its webhooks itself; where not, Caudal makes a secret for the channel's address. */
  readonly signsWebhooks: boolean;
}

/** One rendered message to one person. */
export interface OutboundMessage {
  /** Canonical E.164 with "+", or the provider's own id of a person whose number it hides. */
  readonly recipient: string;
  readonly content: MessageContent;
  /** `<dispatch>:<seq>:<attempt>`, given to the provider wherever it echoes one. */
  readonly correlationId: string;
}

export interface ChannelHealth {
  readonly connection: 'connected' | 'connecting' | 'disconnected' | 'unknown';
  /** What is wrong and how to mend it; absent when connected. */
  readonly reason?: string;
  /** Only a person can bring it back (logged out, banned, a code to scan): never restarted by itself. */
  readonly needsPerson?: boolean;
}

/**
 * What is known of a message whose outcome is not. There is no provider id: one would be the proof that it was taken.
 * Where nothing of ours comes back, recipient and times are all there is to look for.
 */
export interface LookUpQuestion {
  readonly recipient: string;
  /** `<dispatch>:<seq>:<attempt>`. */
  readonly correlationId: string;
  readonly attempt: number;
  /** Its call did not begin before, and no later than this can it still be on its way, by our clock. */
  readonly begunAt: Date;
  readonly overBy: Date;
  /** False where another of our messages went to this person at about that time: then one that is found may be that. */
  readonly isAlone?: boolean;
}

/**
 * What a provider says of a message.
 * - found: this very attempt, and no other that might be meant.
 * - absent: proved not to have been taken. Only where the provider vouches for all that it took from `begunAt` until
 *   `overBy` or later; an answer that merely does not hold the message proves nothing, because a list may lag.
 * - unsure: everything else: no answer, an answer that cannot be read, several messages that it might be.
 */
export type LookUpAnswer =
  | {
      readonly kind: 'found';
      readonly status: 'accepted' | 'sent' | 'delivered' | 'read' | 'failed';
      readonly providerId: string;
      readonly at: Date;
      readonly code?: string;
      readonly reason?: string;
    }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unsure'; readonly code: string; readonly reason: string };

/** An open line to one sending number. Safe for many calls at once. */
export interface ProviderClient {
  /** Never throws for what a provider can do: every fault is an outcome. `deadlineMs` is total, connect to last byte. */
  send(message: OutboundMessage, deadlineMs: number): Promise<SendOutcome>;
  health(deadlineMs: number): Promise<ChannelHealth>;
  /**
   * Makes the line ready before calls are granted instants on it; for drivers that must start something first. Says
   * whether it is; returns at once when it was.
   */
  prepare?(deadlineMs: number): Promise<boolean>;
  /** Begins the session anew; only drivers whose provider keeps one have it. Never throws, like send(). */
  restart?(deadlineMs: number): Promise<RestartAnswer>;
  /** The code to scan for a session that waits for one; null when it needs none. */
  qrCode?(deadlineMs: number): Promise<QrCode | null>;
  /** The templates of the account, a page at a time; `cursor` null asks for the first. */
  listTemplates?(cursor: string | null, deadlineMs: number): Promise<TemplatePage>;
  /** What the provider thinks of the number: throughput, quality, messaging limit. */
  standing?(deadlineMs: number): Promise<NumberStanding>;
  /** The file of an inbound message, by the `ref` that came with it. */
  openMedia?(ref: string, limits: { deadlineMs: number; maxBytes: number }): Promise<MediaDownload>;
  /** Gives the provider a file once, to be sent to many by its id. Never throws; reads `file` to its end or destroys it. */
  uploadMedia?(upload: MediaUpload, deadlineMs: number): Promise<MediaUploadAnswer>;
  /** Never throws, like send(); asks once and repeats nothing. */
  lookUp?(question: LookUpQuestion, deadlineMs: number): Promise<LookUpAnswer>;
  close(): Promise<void>;
}

/** Credentials as they are needed, in memory only. */
export interface ChannelCredentials {
  readonly channelId: string;
  /** The provider's settings, unsealed and checked. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Most calls that will be open at once. */
  readonly maxOpenCalls: number;
}

export interface WebhookProof {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawBody: Buffer;
  /** The whole address as the provider called it: CAUDAL_PUBLIC_URL, path and query; null while that is not known. */
  readonly url: string | null;
}

/** Adding a provider: one folder that exports one of these, and one line in all-providers.ts. */
export interface Provider {
  readonly name: string;
  /** By settings, because one provider may be set up with and without a rule (simulator: `enforceWindow`). */
  capabilitiesOf(settings: Readonly<Record<string, unknown>>): ProviderCapabilities;
  /** Checks the shape and fills what may be left out; throws DomainError naming each bad setting by pointer. */
  parseSettings(input: unknown): Readonly<Record<string, unknown>>;
  /** The provider's own name of the sending number, by which webhooks say whom they are for; null where none is used. */
  accountRef(settings: Readonly<Record<string, unknown>>): string | null;
  /** Its name of the account that the number belongs to with others, where webhooks speak of that; see wabaRef there. */
  wabaRef?(settings: Readonly<Record<string, unknown>>): string | null;
  /** Names of the settings that may never be shown. */
  readonly secretSettings: readonly string[];
  open(credentials: ChannelCredentials): ProviderClient;
  /** Whether the body was signed with this secret; constant time, on raw bytes. False where nothing is signed. */
  verifyWebhook(proof: WebhookProof, settings: Readonly<Record<string, unknown>>): boolean;
  /**
   * The elements of a body. Unknown words and elements are reported, never thrown; a body that is not in the
   * provider's form at all may throw UnreadableBodyError. `settings` are the channel's where the address was one
   * channel's, else empty.
   */
  parseWebhook(
    delivery: WebhookDelivery,
    settings: Readonly<Record<string, unknown>>,
  ): readonly WebhookElement[];
  /**
   * Why this provider cannot send a content, as a sentence without its full stop; undefined when it can. Without this
   * member it sends the common contents and no others (content-fault.ts). `settings` unseals the channel's: only for
   * who needs them.
   */
  contentFault?(
    content: MessageContent,
    settings: () => Readonly<Record<string, unknown>>,
  ): string | undefined;
  /**
   * Bytes of which every webhook holds one that brings something a person wrote or wants: it is applied before others.
   * Without this member all of its webhooks are.
   */
  readonly urgentMarks?: readonly string[];
  /** What a webhook is answered that was taken; without it `{ "success": true }`. */
  readonly webhookAnswer?: { readonly contentType: string; readonly body: string };
  /** Limits that a new channel gets where its creator names none. */
  readonly defaultLimits?: ChannelLimits;
}
