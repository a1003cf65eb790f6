import { Injectable } from '@nestjs/common';
import { ChannelMissingError } from './channel.errors.js';
import { ChannelRows } from './channel-rows.repository.js';
import { ProviderRegistry } from './provider-registry.js';
import { PublicAddress } from './public-address.js';
import { SealedSettings, type SettingsOwner } from './sealed-settings.js';
import { WebhookSecretUnusedError } from './webhook-secret.errors.js';
import { WebhookSecretRepository } from './webhook-secret.repository.js';
import { newWebhookSecret } from './webhook-secret.js';

/** A secret as it is shown, once, and the address that holds it. */
export interface MadeWebhookSecret {
  readonly webhookSecret: string;
  /** Null where this process does not know its public address. */
  readonly webhookUrl: string | null;
}

/** Secrets for the webhooks of channels whose provider signs nothing. */
@Injectable()
export class WebhookSecretService {
  constructor(
    private readonly secrets: WebhookSecretRepository,
    private readonly channels: ChannelRows,
    private readonly registry: ProviderRegistry,
    private readonly sealed: SealedSettings,
    private readonly publicAddress: PublicAddress,
  ) {}

  /** For a channel that was just made; undefined where its provider signs. */
  async makeFirst(
    owner: SettingsOwner,
    provider: string,
    settings: Readonly<Record<string, unknown>>,
  ): Promise<MadeWebhookSecret | undefined> {
    return this.signs(provider, settings) ? undefined : this.make(owner);
  }

  /** The one before proves nothing any more, within a second in other processes. */
  async renew(workspaceId: string, channelId: string): Promise<MadeWebhookSecret> {
    const row = await this.channels.find(channelId);
    if (row === null || row.workspaceId !== workspaceId) throw new ChannelMissingError(channelId);
    const owner = { workspaceId, channelId };
    if (this.signs(row.provider, this.sealed.open(row.sealedSettings, owner)))
      throw new WebhookSecretUnusedError(row.name, row.provider);
    return this.make(owner);
  }

  private signs(provider: string, settings: Readonly<Record<string, unknown>>): boolean {
    return this.registry.of(provider).capabilitiesOf(settings).signsWebhooks;
  }

  private async make({ workspaceId, channelId }: SettingsOwner): Promise<MadeWebhookSecret> {
    const webhookSecret = newWebhookSecret();
    const sealed = this.sealed.seal(
      { secret: webhookSecret },
      { workspaceId, channelId, column: 'sealed_webhook_secret' },
    );
    if (!(await this.secrets.store(workspaceId, channelId, sealed))) throw new ChannelMissingError(channelId);
    const base = this.publicAddress.get();
    return {
      webhookSecret,
      webhookUrl: base === undefined ? null : `${base}/webhooks/${channelId}/${webhookSecret}`,
    };
  }
}
