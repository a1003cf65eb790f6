import type { InboundMessage } from './inbound-message.js';

interface Placed {
  /** Position in the body, so that a bad one can be named. */
  readonly element: number;
  /** The provider's own name of the number; null where only the address that was called says whose it is. */
  readonly accountRef: string | null;
}

/** What became of a message that we sent. */
export interface StatusUpdate extends Placed {
  readonly kind: 'status';
  readonly providerId: string;
  readonly correlationId: string | null;
  readonly status: 'sent' | 'delivered' | 'read' | 'failed';
  readonly at: Date;
  readonly code?: string;
  readonly reason?: string;
  /** The failure says that the person does not take marketing messages of this business. */
  readonly suppress?: boolean;
}

/** A message that somebody wrote to the number. */
export interface InboundElement extends Placed {
  readonly kind: 'inbound';
  readonly message: InboundMessage;
}

/** A person told the provider what they want to be sent. */
export interface PreferenceElement extends Placed {
  readonly kind: 'preference';
  /** Canonical E.164 with "+", or the provider's user id. */
  readonly person: string;
  readonly category: 'marketing';
  readonly wants: 'stop' | 'resume';
  readonly at: Date;
}

/** The web session of a number changed its state. */
export interface SessionElement extends Placed {
  readonly kind: 'session';
  readonly connection: 'connected' | 'connecting' | 'disconnected';
  /** Only a person can bring it back: logged out, banned, a code to scan. */
  readonly needsPerson: boolean;
  readonly code: string;
  readonly reason?: string;
  readonly at: Date | null;
}

/** A template changed its status or quality at the provider. */
export interface TemplateElement extends Placed {
  readonly kind: 'template';
  readonly name: string;
  readonly language: string;
  /** The provider's word in upper case (APPROVED, PAUSED, REJECTED, DISABLED …); absent when only the quality changed. */
  readonly status?: string;
  readonly quality?: string;
  readonly reason?: string;
  /** The provider's name of the account whose template it is, where `accountRef` cannot say it. */
  readonly wabaRef?: string;
}

/** The provider's judgement of a number or its account changed. */
export interface StandingElement extends Placed {
  readonly kind: 'standing';
  /** Nothing can be sent until a person acts. */
  readonly isStopped: boolean;
  /** The provider's word for what happened (ACCOUNT_RESTRICTION, FLAGGED …). */
  readonly what: string;
  readonly quality?: 'GREEN' | 'YELLOW' | 'RED';
  /** Unique people in a moving 24 h; null for no limit. */
  readonly recipientsPerDay?: number | null;
  readonly reason?: string;
  /** The provider's name of the account, where `accountRef` cannot say it: then it concerns all its numbers … */
  readonly wabaRef?: string;
  /** … or this one of them, in digits. */
  readonly displayPhone?: string;
}

/**
 * One element of a webhook, in our words. `ignored` is valid and nothing acts on it; `unreadable` cannot be read.
 * Both stay in the stored body.
 */
export type WebhookElement =
  | StatusUpdate
  | InboundElement
  | PreferenceElement
  | SessionElement
  | TemplateElement
  | StandingElement
  | { readonly kind: 'ignored'; readonly element: number; readonly what: string }
  | { readonly kind: 'unreadable'; readonly element: number; readonly reason: string };
