import { Injectable } from '@nestjs/common';
import { ProviderRegistry } from '../../channels/provider-registry.js';
import type { Provider, WebhookProof } from '../../channels/providers/provider.js';
import { answerHandshake } from '../../channels/providers/whatsapp-cloud/cloud-handshake.js';
import { isSecretOf } from '../../channels/webhook-secret.js';
import { WebhookSecrets, type CloudSecret, type WebhookChannel } from '../../channels/webhook-secrets.js';
import { Refusals } from './refusals.js';
import { scopeOfSecret, type WebhookSource } from './webhook-event.js';
import { WebhookInbox } from './webhook-inbox.js';
import { laneOf } from './webhook-lane.js';
import { BadSignatureError, HandshakeRefusedError, IntakeUnavailableError } from './webhook.errors.js';

/** What comes from the Cloud API, or from a simulator, which speaks it too. */
const CLOUD = 'whatsapp-cloud';
const SECRET_HEADER = 'x-webhook-secret';
/** A provider that goes on for less than this may have given up before an outage of Postgres is over. */
const LONG_REPEATED_MS = 6 * 60 * 60 * 1000;

/** A webhook as it arrived. */
export interface ArrivedWebhook {
  readonly proof: WebhookProof;
  readonly contentType: string | null;
  /** Without "?". */
  readonly query: string;
  /** Of the client, as far as proxies are believed. */
  readonly address: string;
  readonly arrivedAtMs: number;
}

/** A webhook for the address of one channel. */
export interface AddressedWebhook extends ArrivedWebhook {
  readonly channelId: string;
  /** Of the path; undefined where it holds none. */
  readonly secret: string | undefined;
}

/**
 * Takes webhooks in: proof, store, answer. The body stays closed: what is not proved costs one HMAC a secret, and what
 * is proved is read by a worker.
 */
@Injectable()
export class WebhookIntake {
  private readonly cloud: Provider;
  private readonly cloudSources = new WeakMap<CloudSecret, WebhookSource>();
  private readonly channelSources = new WeakMap<WebhookChannel, WebhookSource>();

  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly inbox: WebhookInbox,
    private readonly providers: ProviderRegistry,
    private readonly refusals: Refusals,
  ) {
    this.cloud = providers.of(CLOUD);
  }

  async answerHandshake(query: Readonly<Record<string, unknown>>, address: string): Promise<string> {
    const challenge = answerHandshake(query, await this.known(() => this.secrets.listVerifyTokens()));
    if (challenge === null) {
      this.refusals.note(address);
      throw new HandshakeRefusedError();
    }
    return challenge;
  }

  /** A GET at the address of one channel: Meta's handshake, or somebody who looks whether secret and address are right. */
  async answerLook(
    channelId: string,
    secret: string | undefined,
    query: Readonly<Record<string, unknown>>,
    address: string,
  ): Promise<string> {
    const channel = await this.known(() => this.secrets.channel(channelId));
    const asksOfMeta = query['hub.mode'] !== undefined || channel?.signsWebhooks === true;
    if (asksOfMeta) return this.answerHandshake(query, address);
    if (secret === undefined || !hasSecret(channel, secret)) this.refuse(address);
    return 'ok';
  }

  /** The secret that signed it decides what it may touch; returns when it is durable. */
  async takeCloud(arrived: ArrivedWebhook): Promise<void> {
    const signer = await this.secrets.find(() => this.signerOf(arrived));
    if (signer === undefined) this.refuse(arrived.address);
    await this.store(this.sourceOfSecret(signer), this.cloud, arrived);
  }

  /** At the address of one channel: proved as its provider does, and nothing but this channel to touch. */
  async takeAddressed(arrived: AddressedWebhook): Promise<Provider> {
    const channel = await this.secrets.find(() => this.proved(arrived));
    if (channel === undefined) this.refuse(arrived.address);
    const provider = this.providers.of(channel.provider);
    await this.store(this.sourceOfChannel(channel), provider, arrived);
    return provider;
  }

  /** Every secret is tried whether or not one matched, so that the time says nothing of which. */
  private async signerOf({ proof }: ArrivedWebhook): Promise<CloudSecret | undefined> {
    const secrets = await this.known(() => this.secrets.listCloudSecrets());
    let match: CloudSecret | undefined;
    for (const secret of secrets) {
      if (this.cloud.verifyWebhook(proof, { appSecret: secret.appSecret })) match = secret;
    }
    return match;
  }

  private async proved(arrived: AddressedWebhook): Promise<WebhookChannel | undefined> {
    const channel = await this.known(() => this.secrets.channel(arrived.channelId));
    if (channel === undefined) return undefined;
    return isProved(channel, this.providers.of(channel.provider), arrived) ? channel : undefined;
  }

  private store(source: WebhookSource, provider: Provider, arrived: ArrivedWebhook): Promise<void> {
    const { proof, contentType, query, address, arrivedAtMs } = arrived;
    this.refusals.noteProof(address);
    const body = proof.rawBody;
    return this.inbox.store({ source, contentType, query, lane: laneOf(provider, body), arrivedAtMs, body });
  }

  private refuse(address: string): never {
    this.refusals.note(address);
    throw new BadSignatureError();
  }

  private sourceOfSecret(secret: CloudSecret): WebhookSource {
    let source = this.cloudSources.get(secret);
    if (source === undefined) {
      const [first, ...others] = secret.channels;
      const isOfOneWorkspace = others.every((channel) => channel.workspaceId === first?.workspaceId);
      source = {
        workspaceId: isOfOneWorkspace ? (first?.workspaceId ?? null) : null,
        provider: CLOUD,
        scope: scopeOfSecret(secret.fingerprint),
        channelIds: secret.channels.map((channel) => channel.channelId),
        addressChannelId: null,
        isRepeated: true,
      };
      this.cloudSources.set(secret, source);
    }
    return source;
  }

  private sourceOfChannel(channel: WebhookChannel): WebhookSource {
    let source = this.channelSources.get(channel);
    if (source === undefined) {
      source = {
        workspaceId: channel.workspaceId,
        provider: channel.provider,
        scope: `channel:${channel.channelId}`,
        channelIds: [channel.channelId],
        addressChannelId: channel.channelId,
        isRepeated: channel.webhookRetryMs >= LONG_REPEATED_MS,
      };
      this.channelSources.set(channel, source);
    }
    return source;
  }

  /** Without the secrets nothing can be proved, and what is not proved must be brought again, not refused. */
  private async known<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch {
      throw new IntakeUnavailableError('The secrets of the channels cannot be read.');
    }
  }
}

/** By the provider's signature where there is one, and by nothing else then; else by the secret that Caudal made. */
function isProved(
  channel: WebhookChannel,
  provider: Provider,
  { proof, secret }: Pick<AddressedWebhook, 'proof' | 'secret'>,
): boolean {
  if (channel.signsWebhooks) return provider.verifyWebhook(proof, channel.settings);
  const header = proof.headers[SECRET_HEADER];
  // Some providers put the name of the event behind the address, where a secret would be.
  const isInHeader = typeof header === 'string' && hasSecret(channel, header);
  return isInHeader || (secret !== undefined && hasSecret(channel, secret));
}

function hasSecret(channel: WebhookChannel | undefined, given: string): boolean {
  const digest = channel?.secretDigest ?? null;
  return digest !== null && isSecretOf(digest, given);
}
