import { Injectable } from '@nestjs/common';
import { NextReadings } from '../common/next-readings.js';
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
  private readonly readings = new NextReadings<readonly ListedChannel[]>();

  constructor(
    private readonly rows: ChannelRows,
    private readonly registry: ProviderRegistry,
    private readonly sealed: SealedSettings,
  ) {}

  /** By name. As they are when it is asked; five hundred single messages a second share the readings. */
  channelsOf(workspaceId: string): Promise<readonly ListedChannel[]> {
    return this.readings.get(workspaceId, () => this.read(workspaceId));
  }

  /** Settings are unsealed only for who wants to know what their provider can do: most only look for a name. */
  private async read(workspaceId: string): Promise<readonly ListedChannel[]> {
    const { sealed, registry } = this;
    return (await this.rows.ofWorkspace(workspaceId)).map(({ sealedSettings, ...channel }) => ({
      ...channel,
      get capabilities(): ProviderCapabilities {
        const settings = sealed.open(sealedSettings, { workspaceId, channelId: channel.id });
        return registry.of(channel.provider).capabilitiesOf(settings);
      },
    }));
  }
}
