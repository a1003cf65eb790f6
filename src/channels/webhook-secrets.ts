import { Injectable, Logger } from '@nestjs/common';
import { ChannelRows, type SealedChannel } from './channel-rows.repository.js';
import { ProviderRegistry } from './provider-registry.js';
import { SealedSettings } from './sealed-settings.js';
import { WebhookSecretRepository } from './webhook-secret.repository.js';
import { digestOfSecret } from './webhook-secret.js';

/** A channel that a proven app secret may speak for. */
export interface SecretChannel {
  readonly workspaceId: string;
  readonly channelId: string;
  /** The `metadata.phone_number_id` of its elements. */
  readonly accountRef: string;
}

/** One app secret, and all that a body signed with it may touch. */
export interface CloudSecret {
  readonly appSecret: string;
  /** Names it where it may not stand itself. */
  readonly fingerprint: string;
  readonly channels: readonly SecretChannel[];
}

/** A channel as the intake knows it: what its webhooks are proved with, and how they are read. */
export interface WebhookChannel {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly provider: string;
  readonly accountRef: string | null;
  /** Empty where they could not be opened: then nothing proves a webhook. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signsWebhooks: boolean;
  /** How long its provider repeats a webhook that was not answered 200. */
  readonly webhookRetryMs: number;
  /** Of the secret that Caudal made for it; null where there is none. */
  readonly secretDigest: Buffer | null;
}

/** All that was read in one go. */
export interface KnownChannels {
  readonly channels: ReadonlyMap<string, WebhookChannel>;
  /** Distinct app secrets. Channels of several workspaces may share one. */
  readonly secrets: readonly CloudSecret[];
  readonly verifyTokens: readonly string[];
  /** By `performance.now()`, before Postgres was asked: what is not here was not there then. */
  readonly askedAtMs: number;
}

/** Those that speak the Cloud API, whose webhooks come to one address for all channels. */
export const CLOUD_PROVIDERS: ReadonlySet<string> = new Set(['whatsapp-cloud', 'simulator']);
const KEPT_MS = 1_000;
const REFRESHED_MS = 100;
/** A reading that takes longer is not waited for where an older one is at hand: without Postgres, proof must go on. */
const MOST_READING_MS = 1_000;

/** What webhooks are checked by, over all workspaces; at most a second old while Postgres answers. */
@Injectable()
export class WebhookSecrets {
  private readonly logger = new Logger('Channels');
  private readonly unopened = new Set<string>();
  private snapshot: KnownChannels | undefined;
  private readAtMs = -Infinity;
  private refreshedAtMs = -Infinity;
  private reading: Promise<KnownChannels> | undefined;

  constructor(
    private readonly rows: ChannelRows,
    private readonly secretRows: WebhookSecretRepository,
    private readonly sealed: SealedSettings,
    private readonly registry: ProviderRegistry,
  ) {}

  /** Undefined for one that does not exist. */
  async channel(channelId: string): Promise<WebhookChannel | undefined> {
    return (await this.current()).channels.get(channelId);
  }

  /** Over all workspaces. The same object for as long as nothing newer was read. */
  async known(): Promise<KnownChannels> {
    return this.current();
  }

  async cloudChannelsOf(workspaceId: string): Promise<readonly WebhookChannel[]> {
    const { channels } = await this.current();
    return [...channels.values()].filter(
      (channel) => channel.workspaceId === workspaceId && CLOUD_PROVIDERS.has(channel.provider),
    );
  }

  /** Distinct app secrets. Channels of several workspaces may share one. */
  async listCloudSecrets(): Promise<readonly CloudSecret[]> {
    return (await this.current()).secrets;
  }

  /** For the handshake of GET /webhook. */
  async listVerifyTokens(): Promise<readonly string[]> {
    return (await this.current()).verifyTokens;
  }

  /**
   * Looks again, for a channel that was made or changed a moment ago; false where somebody just did. So a flood of what
   * nothing proves reads the channels ten times a second at most.
   */
  async refresh(): Promise<boolean> {
    const nowMs = performance.now();
    if (nowMs - this.refreshedAtMs < REFRESHED_MS && this.reading === undefined) return false;
    this.refreshedAtMs = nowMs;
    this.readAtMs = -Infinity;
    await this.current();
    return true;
  }

  /** What `look` finds in what is known; where it finds nothing, in what is read anew, as `refresh` allows. */
  async find<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
    return (await look()) ?? ((await this.refresh()) ? look() : undefined);
  }

  /** No promise is made where none is needed: the intake asks for each webhook. */
  private current(): KnownChannels | Promise<KnownChannels> {
    const { snapshot } = this;
    if (snapshot !== undefined && performance.now() - this.readAtMs < KEPT_MS) return snapshot;
    this.reading ??= this.readOrKeep().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  /** What was read last goes on being believed while Postgres cannot be asked; throws where nothing ever was. */
  private async readOrKeep(): Promise<KnownChannels> {
    const reading = this.read();
    if (this.snapshot === undefined) return reading;
    const before = this.snapshot;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<KnownChannels>((resolve) => {
      timer = setTimeout(() => resolve(before), MOST_READING_MS);
    });
    const snapshot = await Promise.race([reading.catch(() => before), tooLong]);
    clearTimeout(timer);
    this.readAtMs = performance.now();
    return snapshot;
  }

  private async read(): Promise<KnownChannels> {
    const askedAtMs = performance.now();
    const [rows, sealedSecrets] = await Promise.all([this.rows.all(), this.secretRows.all()]);
    const channels = rows.flatMap((row) => this.channelOf(row, sealedSecrets.get(row.id)) ?? []);
    const isCloud = channels.filter((channel) => CLOUD_PROVIDERS.has(channel.provider));
    const verifyTokens = isCloud
      .map((channel) => channel.settings['verifyToken'])
      .filter((token) => typeof token === 'string');
    this.snapshot = {
      channels: new Map(channels.map((channel) => [channel.channelId, channel])),
      secrets: cloudSecretsOf(isCloud),
      verifyTokens: [...new Set(verifyTokens)],
      askedAtMs,
    };
    this.readAtMs = performance.now();
    return this.snapshot;
  }

  /** Undefined for one whose provider this version does not know: nothing can prove a webhook of it. */
  private channelOf(row: SealedChannel, sealedSecret: Buffer | undefined): WebhookChannel | undefined {
    const { id: channelId, workspaceId, provider, accountRef, sealedSettings } = row;
    const settings = this.opened(row, sealedSettings, 'sealed_settings');
    const secret =
      sealedSecret === undefined
        ? undefined
        : this.opened(row, sealedSecret, 'sealed_webhook_secret')?.['secret'];
    if (!this.registry.knows(provider)) return undefined;
    const can = settings === undefined ? undefined : this.registry.of(provider).capabilitiesOf(settings);
    return {
      workspaceId,
      channelId,
      provider,
      accountRef,
      settings: settings ?? {},
      signsWebhooks: can?.signsWebhooks ?? true,
      webhookRetryMs: can?.webhookRetryMs ?? 0,
      secretDigest: typeof secret === 'string' ? digestOfSecret(secret) : null,
    };
  }

  /** One row that does not open must not close the webhooks of all the others. */
  private opened(
    { id, workspaceId }: SealedChannel,
    sealed: Buffer,
    column: 'sealed_settings' | 'sealed_webhook_secret',
  ): Readonly<Record<string, unknown>> | undefined {
    try {
      return this.sealed.open(sealed, { workspaceId, channelId: id, column });
    } catch (error) {
      if (!this.unopened.has(id)) this.logger.error((error as Error).message);
      this.unopened.add(id);
      return undefined;
    }
  }
}

function cloudSecretsOf(channels: readonly WebhookChannel[]): CloudSecret[] {
  const sharing = new Map<string, SecretChannel[]>();
  for (const { settings, workspaceId, channelId, accountRef } of channels) {
    const { appSecret } = settings;
    if (typeof appSecret !== 'string' || accountRef === null) continue;
    const known = sharing.get(appSecret) ?? [];
    known.push({ workspaceId, channelId, accountRef });
    sharing.set(appSecret, known);
  }
  return [...sharing].map(([appSecret, known]) => ({
    appSecret,
    fingerprint: digestOfSecret(appSecret).toString('base64url'),
    channels: known,
  }));
}
