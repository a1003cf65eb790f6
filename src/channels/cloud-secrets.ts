import { Injectable, Logger } from '@nestjs/common';
import { ChannelRows, type SealedChannel } from './channel-rows.repository.js';
import { SealedSettings } from './sealed-settings.js';

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
  readonly channels: readonly SecretChannel[];
}

interface Snapshot {
  readonly secrets: readonly CloudSecret[];
  readonly verifyTokens: readonly string[];
}

const KEPT_MS = 1_000;

/** The secrets by which Cloud API webhooks are checked, over all workspaces; at most a second old. */
@Injectable()
export class CloudSecrets {
  private readonly logger = new Logger('Channels');
  private readonly unopened = new Set<string>();
  private snapshot: Snapshot = { secrets: [], verifyTokens: [] };
  private readAtMs = -Infinity;
  private reading: Promise<Snapshot> | undefined;

  constructor(
    private readonly rows: ChannelRows,
    private readonly sealed: SealedSettings,
  ) {}

  /** Distinct app secrets. Channels of several workspaces may share one. */
  async listCloudSecrets(): Promise<readonly CloudSecret[]> {
    return (await this.current()).secrets;
  }

  /** For the handshake of GET /webhook. */
  async listVerifyTokens(): Promise<readonly string[]> {
    return (await this.current()).verifyTokens;
  }

  private async current(): Promise<Snapshot> {
    if (performance.now() - this.readAtMs < KEPT_MS) return this.snapshot;
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async read(): Promise<Snapshot> {
    const channelsOf = new Map<string, SecretChannel[]>();
    const verifyTokens = new Set<string>();
    for (const row of await this.rows.all()) {
      const settings = this.settingsOf(row);
      const { id: channelId, workspaceId, accountRef } = row;
      const { appSecret, verifyToken } = settings;
      if (typeof verifyToken === 'string') verifyTokens.add(verifyToken);
      if (typeof appSecret !== 'string' || accountRef === null) continue;
      const sharing = channelsOf.get(appSecret) ?? [];
      sharing.push({ workspaceId, channelId, accountRef });
      channelsOf.set(appSecret, sharing);
    }
    this.snapshot = {
      secrets: [...channelsOf].map(([appSecret, sharing]) => ({ appSecret, channels: sharing })),
      verifyTokens: [...verifyTokens],
    };
    this.readAtMs = performance.now();
    return this.snapshot;
  }

  /** One row that does not open must not close the webhooks of all the others. */
  private settingsOf({ id, workspaceId, sealedSettings }: SealedChannel): Readonly<Record<string, unknown>> {
    try {
      return this.sealed.open(sealedSettings, { workspaceId, channelId: id });
    } catch (error) {
      if (!this.unopened.has(id)) this.logger.error((error as Error).message);
      this.unopened.add(id);
      return {};
    }
  }
}
