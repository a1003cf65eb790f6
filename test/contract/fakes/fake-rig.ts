import { ProviderRegistry } from '../../../src/channels/provider-registry.js';
import type { ProviderRegistration } from '../../../src/channels/providers/provider-registration.js';
import type { OutboundMessage, Provider, ProviderClient } from '../../../src/channels/providers/provider.js';
import { surroundingsOf } from '../../support/provider-surroundings.js';
import type { CallKind, ContractRig, PostedWebhook, TakenMessage, WireFault } from '../contract-rig.js';
import { FakeServer, type FakeService } from './fake-server.js';

const MAX_OPEN_CALLS = 64;
export const FAKE_CHANNEL_ID = '00000000-0000-4000-8000-000000000001';
/** Where webhooks would come in; nothing listens there. */
export const FAKE_PUBLIC_URL = 'https://caudal.example';

/** How a fake posts what became of a message. */
export type StatusPoster = (
  sent: OutboundMessage,
  providerId: string,
  settings: Readonly<Record<string, unknown>>,
) => readonly PostedWebhook[];

/** A provider's driver on a fake of its service. */
export class FakeRig implements ContractRig {
  readonly accountRef: string | null;
  private opened: ProviderClient | undefined;

  private constructor(
    readonly provider: Provider,
    readonly settings: Readonly<Record<string, unknown>>,
    readonly server: FakeServer,
    private readonly service: FakeService,
    private readonly postStatuses: StatusPoster,
  ) {
    this.accountRef = provider.accountRef(settings);
  }

  static async start(
    name: string,
    service: FakeService,
    makeSettings: (url: string) => object,
    postStatuses: StatusPoster,
    registrations?: readonly ProviderRegistration[],
  ): Promise<FakeRig> {
    const server = await FakeServer.start(service);
    const { addresses, simulator, publicAddress } = surroundingsOf({ CAUDAL_PUBLIC_URL: FAKE_PUBLIC_URL });
    const provider = new ProviderRegistry(addresses, simulator, publicAddress, registrations).of(name);
    const settings = provider.parseSettings(makeSettings(server.url));
    return new FakeRig(provider, settings, server, service, postStatuses);
  }

  get client(): ProviderClient {
    this.opened ??= this.provider.open({
      channelId: FAKE_CHANNEL_ID,
      settings: this.settings,
      maxOpenCalls: MAX_OPEN_CALLS,
    });
    return this.opened;
  }

  async addFault(fault: WireFault, on?: CallKind): Promise<void> {
    this.server.addFault(fault, on);
  }

  async callsSeen(): Promise<number> {
    return this.server.calls.send;
  }

  async taken(): Promise<readonly TakenMessage[]> {
    return this.service.taken;
  }

  async redirectsFollowed(): Promise<number> {
    return this.server.redirectsFollowed;
  }

  async revokeCredentials(): Promise<void> {
    this.service.revokeCredentials();
  }

  closeService(): Promise<void> {
    return this.server.close();
  }

  async statusWebhooks(sent: OutboundMessage, providerId: string): Promise<readonly PostedWebhook[]> {
    return this.postStatuses(sent, providerId, this.settings);
  }

  async stop(): Promise<void> {
    await this.opened?.close();
    await this.server.close();
  }
}
