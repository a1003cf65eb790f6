import type { MessageContent } from '../../src/channels/providers/message-content.js';
import type {
  OutboundMessage,
  Provider,
  ProviderClient,
  WebhookProof,
} from '../../src/channels/providers/provider.js';
import type { SendOutcome } from '../../src/channels/providers/send-outcome.js';
import type { WebhookDelivery } from '../../src/channels/providers/webhook-delivery.js';

/** A refusal in the provider's own words. */
export interface ScriptedAnswer {
  readonly status: number;
  /** An object is answered as JSON. */
  readonly body: string | object;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What befalls the next call; each provider answers in its own words otherwise. */
export type WireFault =
  | { readonly kind: 'hang'; readonly processed: boolean }
  | { readonly kind: 'latency'; readonly delayMs: number }
  | { readonly kind: 'slowBytes'; readonly delayMs: number }
  | { readonly kind: 'resetBeforeRead' }
  | { readonly kind: 'resetAfterRead' }
  | { readonly kind: 'closeNoAnswer' }
  | { readonly kind: 'halfBody' }
  | { readonly kind: 'status200BadJson' }
  | { readonly kind: 'wrongCharset' }
  | { readonly kind: 'emptyId' }
  | { readonly kind: 'hugeBody'; readonly bytes: number }
  | { readonly kind: 'page502'; readonly status?: number; readonly processed: boolean }
  | { readonly kind: 'redirect307' }
  | { readonly kind: 'answer'; readonly answer: ScriptedAnswer; readonly processed: boolean };

/** Calls that faults tell apart; whatever else a driver asks is never befallen. */
export type CallKind = 'send' | 'lookUp';

/** A message that the provider took. */
export interface TakenMessage {
  /** As the driver is to know it; null where the provider gives none. */
  readonly id: string | null;
  /** In the provider's own form. */
  readonly to: string;
  readonly type: MessageContent['type'];
}

/** A webhook as it arrives, and as it is stored. */
export interface PostedWebhook {
  readonly proof: WebhookProof;
  readonly delivery: WebhookDelivery;
}

/** A provider's client, and the service that it speaks to. One line, one number, nothing sent yet. */
export interface ContractRig {
  readonly provider: Provider;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly client: ProviderClient;
  /** What its webhooks name; null where only the address says whose they are. */
  readonly accountRef: string | null;
  addFault(fault: WireFault, on?: CallKind): Promise<void>;
  /** Calls that send, whether or not their message was taken. */
  callsSeen(): Promise<number>;
  taken(): Promise<readonly TakenMessage[]>;
  redirectsFollowed(): Promise<number>;
  /** From now on the service knows another credential. */
  revokeCredentials(): Promise<void>;
  closeService(): Promise<void>;
  /** What the service posts about a message that it took, `delivered` at least. */
  statusWebhooks(sent: OutboundMessage, providerId: string): Promise<readonly PostedWebhook[]>;
  stop(): Promise<void>;
}

/** An answer of the service and what it must be taken for. */
export interface ExpectedRefusal {
  readonly title: string;
  readonly answer: ScriptedAnswer;
  readonly outcome: Partial<SendOutcome> & { readonly kind: SendOutcome['kind'] };
}

/** What the contract must know of a provider. */
export interface ContractFacts {
  readonly name: string;
  /** One of each type that it can send. */
  readonly contents: readonly MessageContent[];
  /** Every class of its table, in its own words. */
  readonly refusals: readonly ExpectedRefusal[];
  /** Answers after which nobody can tell: 5xx and the codes that the provider gives for trouble of its own. */
  readonly troubles: readonly ScriptedAnswer[];
  /** The setting that is wrong when credentials are refused; its health names it. */
  readonly credentialSetting: string;
  /** Whether an answer of success without an id is a success: where the provider may give none. */
  readonly takesNoId?: boolean;
  /** Such a success is one under the id that the driver told the provider to use. */
  readonly presetsIds?: boolean;
  /** Absent where the channel has no address of its own: then TLS is not tried. */
  readonly baseUrlSetting?: 'baseUrl';
  readonly lookUp?: LookUpFacts;
}

/** Only for drivers that can be asked about a message. */
export interface LookUpFacts {
  /** Whether the provider vouches for all that it took, so that an absence can be proved. */
  readonly provesAbsence: boolean;
  /** The service forgets what it took, as after a new start; absent where it never does. */
  forget?(rig: ContractRig): Promise<void>;
  /** Answers to the question that tell nothing. */
  readonly troubles: readonly ScriptedAnswer[];
}

export type RigStarter = () => Promise<ContractRig>;
