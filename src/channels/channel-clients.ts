import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { Channel } from './channel.js';
import { ChannelRows, type SealedChannel } from './channel-rows.repository.js';
import { ProviderRegistry } from './provider-registry.js';
import type { ProviderCapabilities, ProviderClient } from './providers/provider.js';
import { SealedSettings } from './sealed-settings.js';

/** What the row of an open channel says now. */
export type ChannelLineInfo = Channel;

/** A channel with its open line. `channel` is as it was at most a third of a second ago. */
export interface OpenChannel {
  readonly client: ProviderClient;
  readonly capabilities: ProviderCapabilities;
  readonly channel: ChannelLineInfo;
}

interface OpenLine extends OpenChannel {
  readonly sealedSettings: Buffer;
}

/** With instants given half a second ahead, new limits and pacing are felt within a second. */
const CHECK_EVERY_MS = 300;

/**
 * The open lines of this process, one a channel. A few times a second, and only while somebody asks, one statement compares
 * the versions of all of them; a channel that changed is read again, and its connections are kept unless its settings
 * are others. Calls on an old line end as they would; it is closed behind them.
 */
@Injectable()
export class ChannelClients {
  private readonly lines = new Map<string, OpenLine>();
  private readonly opening = new Map<string, Promise<OpenLine | null>>();
  private readonly closing = new Set<Promise<void>>();
  private checkedAtMs = -Infinity;
  private checking: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly config: Config,
    private readonly rows: ChannelRows,
    private readonly registry: ProviderRegistry,
    private readonly sealed: SealedSettings,
  ) {}

  /** Null for one that does not exist (any more). */
  async clientOf(channelId: string): Promise<OpenChannel | null> {
    if (performance.now() - this.checkedAtMs >= CHECK_EVERY_MS) await this.check();
    return this.lines.get(channelId) ?? this.open(channelId);
  }

  /** Ends all lines once the calls on them have ended. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.opening.values());
    for (const [id, line] of this.lines) this.retire(id, line);
    await Promise.all(this.closing);
  }

  private check(): Promise<void> {
    this.checking ??= this.compare().finally(() => {
      this.checking = undefined;
    });
    return this.checking;
  }

  private async compare(): Promise<void> {
    const known = [...this.lines];
    if (known.length > 0) {
      const versions = await this.rows.versions(known.map(([id]) => id));
      for (const [id, line] of known) {
        const version = versions.get(id);
        if (version === undefined) this.retire(id, line);
        else if (version > line.channel.version) await this.open(id).catch(() => this.retire(id, line));
      }
    }
    this.checkedAtMs = performance.now();
  }

  private open(channelId: string): Promise<OpenLine | null> {
    let opening = this.opening.get(channelId);
    if (opening === undefined) {
      opening = this.openNow(channelId).finally(() => this.opening.delete(channelId));
      this.opening.set(channelId, opening);
    }
    return opening;
  }

  private async openNow(channelId: string): Promise<OpenLine | null> {
    if (this.closed) throw new Error('the channels of this process are closed');
    const row = await this.rows.find(channelId);
    if (row === null) return null;
    const before = this.lines.get(channelId);
    const isSameLine = before?.sealedSettings.equals(row.sealedSettings) === true;
    const line = isSameLine ? { ...before, channel: factsOf(row) } : this.lineOf(row);
    this.lines.set(channelId, line);
    if (before !== undefined && !isSameLine) this.closeBehind(before);
    return line;
  }

  private lineOf(row: SealedChannel): OpenLine {
    const { id, workspaceId, sealedSettings } = row;
    const provider = this.registry.of(row.provider);
    const settings = this.sealed.open(sealedSettings, { workspaceId, channelId: id });
    return {
      client: provider.open({ channelId: id, settings, maxOpenCalls: this.config.engine.maxOpenCalls }),
      capabilities: provider.capabilitiesOf(settings),
      channel: factsOf(row),
      sealedSettings,
    };
  }

  private retire(id: string, line: OpenLine): void {
    if (this.lines.get(id) === line) this.lines.delete(id);
    this.closeBehind(line);
  }

  private closeBehind({ client }: OpenLine): void {
    const ended = client.close().finally(() => this.closing.delete(ended));
    this.closing.add(ended);
  }
}

function factsOf({ sealedSettings: _sealed, ...channel }: SealedChannel): Channel {
  return channel;
}
