import { Injectable } from '@nestjs/common';
import { NextReadings } from '../common/next-readings.js';
import type { Channel } from './channel.js';
import { ChannelRows } from './channel-rows.repository.js';
import { ProviderRegistry } from './provider-registry.js';
import { contentFault } from './providers/content-fault.js';
import type { MessageContent } from './providers/message-content.js';
import type { ProviderCapabilities } from './providers/provider.js';
import { SealedSettings } from './sealed-settings.js';

/** A channel that messages may be given to, without opening it. */
export interface ListedChannel extends Channel {
  readonly capabilities: ProviderCapabilities;
  /** Why its provider cannot send a content; undefined when it can. */
  contentFault(content: MessageContent): string | undefined;
}

/** A number that was there so long ago may be posted to: its removal waits for what was posted, or refuses it. */
const RECENT_MS = 250;

interface Reading {
  readonly channels: readonly ListedChannel[];
  readonly begunMs: number;
}

/** The channels of a workspace, for those who choose among them. */
@Injectable()
export class ChannelDirectory {
  private readonly readings = new NextReadings<readonly ListedChannel[]>();
  private readonly recent = new Map<string, Reading>();

  constructor(
    private readonly rows: ChannelRows,
    private readonly registry: ProviderRegistry,
    private readonly sealed: SealedSettings,
  ) {}

  /** By name. As they are when it is asked; five hundred single messages a second share the readings. */
  channelsOf(workspaceId: string): Promise<readonly ListedChannel[]> {
    return this.readings.get(workspaceId, () => this.read(workspaceId));
  }

  /**
   * One of them as it was a quarter of a second ago at most, or undefined when it was not there then. At five hundred
   * posts a second a reading for each two of them was a twentieth of what a post costs.
   */
  recentChannel(
    workspaceId: string,
    isWanted: (channel: ListedChannel) => boolean,
  ): ListedChannel | undefined {
    const reading = this.recent.get(workspaceId);
    if (reading === undefined || performance.now() - reading.begunMs > RECENT_MS) return undefined;
    return reading.channels.find(isWanted);
  }

  /** Settings are unsealed only for who wants to know what their provider can do: most only look for a name. */
  private async read(workspaceId: string): Promise<readonly ListedChannel[]> {
    const { sealed, registry } = this;
    const begunMs = performance.now();
    const channels = (await this.rows.ofWorkspace(workspaceId)).map(({ sealedSettings, ...channel }) => {
      const settings = () => sealed.open(sealedSettings, { workspaceId, channelId: channel.id });
      return {
        ...channel,
        contentFault: (content: MessageContent) =>
          contentFault(registry.of(channel.provider), content, settings),
        get capabilities(): ProviderCapabilities {
          return registry.of(channel.provider).capabilitiesOf(settings());
        },
      };
    });
    this.recent.set(workspaceId, { channels, begunMs });
    return channels;
  }
}
