import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CloudSecrets, type CloudSecret, type SecretChannel } from '../../channels/cloud-secrets.js';
import { ProviderRegistry } from '../../channels/provider-registry.js';
import type { Provider, WebhookProof } from '../../channels/providers/provider.js';
import { answerHandshake } from '../../channels/providers/whatsapp-cloud/cloud-handshake.js';
import { WebhookInbox } from './webhook-inbox.js';
import { BadSignatureError, HandshakeRefusedError, IntakeUnavailableError } from './webhook.errors.js';

/** What comes from the Cloud API, or from a simulator, which speaks it too. */
const CLOUD = 'whatsapp-cloud';

/**
 * Takes webhooks in: proof, store, answer. The body stays closed: what is not proved costs one HMAC a secret, and what
 * is proved is read by a worker.
 */
@Injectable()
export class WebhookIntake {
  private readonly cloud: Provider;

  constructor(
    private readonly secrets: CloudSecrets,
    private readonly inbox: WebhookInbox,
    providers: ProviderRegistry,
  ) {
    this.cloud = providers.of(CLOUD);
  }

  async answerHandshake(query: Readonly<Record<string, unknown>>): Promise<string> {
    const challenge = answerHandshake(query, await this.known(() => this.secrets.listVerifyTokens()));
    if (challenge === null) throw new HandshakeRefusedError();
    return challenge;
  }

  /** The secret that signed it decides what it may touch; returns when it is durable. */
  async takeCloud(proof: WebhookProof): Promise<void> {
    const proved = this.proved(proof, await this.known(() => this.secrets.listCloudSecrets()));
    await this.store(proved.channels, `secret:${fingerprintOf(proved.appSecret)}`, proof.rawBody);
  }

  /** The same for the address of one channel: its own secret, and nothing but this channel to touch. */
  async takeOf(channelId: string, proof: WebhookProof): Promise<void> {
    const secrets = await this.known(() => this.secrets.listCloudSecrets());
    const ofChannel = secrets.flatMap(({ appSecret, channels }) => {
      const own = channels.filter((channel) => channel.channelId === channelId);
      return own.length > 0 ? [{ appSecret, channels: own }] : [];
    });
    await this.store(this.proved(proof, ofChannel).channels, `channel:${channelId}`, proof.rawBody);
  }

  /** Tries every secret whether or not one matched, so that the time says nothing of which. */
  private proved(proof: WebhookProof, secrets: readonly CloudSecret[]): CloudSecret {
    let match: CloudSecret | undefined;
    for (const secret of secrets) {
      if (this.cloud.verifyWebhook(proof, { appSecret: secret.appSecret })) match = secret;
    }
    if (match === undefined) throw new BadSignatureError();
    return match;
  }

  private async store(channels: readonly SecretChannel[], scope: string, body: Buffer): Promise<void> {
    const [first] = channels;
    const isOfOneWorkspace = channels.every((channel) => channel.workspaceId === first?.workspaceId);
    await this.inbox.store({
      workspaceId: isOfOneWorkspace ? (first?.workspaceId ?? null) : null,
      provider: CLOUD,
      scope,
      channelIds: channels.map((channel) => channel.channelId),
      body,
    });
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

/** Names a secret in the dedupe key, which is itself only kept as a digest. */
function fingerprintOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
