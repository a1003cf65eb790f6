import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AddressPolicy } from '../../src/channels/address-policy.js';
import { ProviderRegistry } from '../../src/channels/provider-registry.js';
import type { Provider, ProviderClient, WebhookProof } from '../../src/channels/providers/provider.js';
import { SimulatorProcess } from '../../src/channels/providers/simulator/simulator-process.js';
import { PublicAddress } from '../../src/channels/public-address.js';
import { loadConfig } from '../../src/config/load-config.js';
import { ControlClient } from '../../src/simulator/control-client.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';

const MAX_OPEN_CALLS = 64;

/** A provider's client on a simulated provider, and what that one posted back. */
export class ProviderRig {
  readonly control: ControlClient;
  private opened: ProviderClient | undefined;

  private constructor(
    readonly provider: Provider,
    readonly settings: Readonly<Record<string, unknown>>,
    readonly phoneNumberId: string,
    /** Every POST to the webhook address, as it came. */
    readonly webhooks: readonly WebhookProof[],
    private readonly simulator: Simulator,
    private readonly receiver: Server,
  ) {
    this.control = new ControlClient(simulator.url);
  }

  /** `makeSettings` says what the provider is set up with, given where the simulated provider is. */
  static async start(
    name: string,
    makeSettings: (rig: {
      simulatorUrl: string;
      webhookUrl: string;
      control: ControlClient;
    }) => Promise<object>,
  ): Promise<ProviderRig> {
    const simulator = await startSimulator({ port: 0, host: '127.0.0.1' });
    const webhooks: WebhookProof[] = [];
    const receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        webhooks.push({ headers: request.headers, rawBody: Buffer.concat(chunks), url: null });
        response.end();
      });
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const publicUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

    const config = loadConfig({ CAUDAL_SIMULATOR_URL: simulator.url, CAUDAL_PUBLIC_URL: publicUrl });
    const registry = new ProviderRegistry(
      new AddressPolicy(config),
      new SimulatorProcess(config),
      new PublicAddress(config),
    );
    const provider = registry.of(name);
    const control = new ControlClient(simulator.url);
    const settings = provider.parseSettings(
      await makeSettings({ simulatorUrl: simulator.url, webhookUrl: `${publicUrl}/webhook`, control }),
    );
    const phoneNumberId = provider.accountRef(settings) ?? '';
    return new ProviderRig(provider, settings, phoneNumberId, webhooks, simulator, receiver);
  }

  get client(): ProviderClient {
    this.opened ??= this.provider.open({
      channelId: '00000000-0000-4000-8000-000000000001',
      settings: this.settings,
      maxOpenCalls: MAX_OPEN_CALLS,
    });
    return this.opened;
  }

  /** Of this number, every call that the provider saw, whether or not it accepted the message. */
  async callsSeen(): Promise<number> {
    const { items } = await this.control.ledgerPage({
      phoneNumberId: this.phoneNumberId,
      everyCall: true,
      limit: 10_000,
    });
    return items.length;
  }

  async closeProvider(): Promise<void> {
    await this.simulator.close();
  }

  async stop(): Promise<void> {
    await this.opened?.close();
    await this.simulator.close().catch(() => undefined);
    this.receiver.closeAllConnections();
    this.receiver.close();
  }
}
