import { Injectable } from '@nestjs/common';
import type { Channel } from './channel.js';
import { ChannelRows } from './channel-rows.repository.js';
import { ProviderRegistry } from './provider-registry.js';
import type { ProviderCapabilities } from './providers/provider.js';
import { SealedSettings } from './sealed-settings.js';

/** A channel that messages may be given to, without opening it. */
export interface ListedChannel extends Channel {
  readonly capabilities: ProviderCapabilities;
}

/** The channels of a workspace, for those who choose among them. */
@Injectable()
export class ChannelDirectory {
  constructor(
    private readonly rows: ChannelRows,
    private readonly registry: ProviderRegistry,
    private readonly sealed: SealedSettings,
  ) {}

  /** By name. */
  async channelsOf(workspaceId: string): Promise<readonly ListedChannel[]> {
    const rows = await this.rows.ofWorkspace(workspaceId);
    return rows.map(({ sealedSettings, ...channel }) => {
      const settings = this.sealed.open(sealedSettings, { workspaceId, channelId: channel.id });
      return { ...channel, capabilities: this.registry.of(channel.provider).capabilitiesOf(settings) };
    });
  }
}
