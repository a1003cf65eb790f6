import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProviderRegistry } from '../../src/channels/provider-registry.js';
import type {
  OutboundMessage,
  Provider,
  ProviderClient,
  WebhookProof,
} from '../../src/channels/providers/provider.js';
import { ControlClient, type ScriptedFault } from '../../src/simulator/control-client.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { surroundingsOf } from '../support/provider-surroundings.js';
import type { CallKind, ContractRig, PostedWebhook, TakenMessage, WireFault } from './contract-rig.js';

const MAX_OPEN_CALLS = 64;
const WEBHOOKS_WITHIN_MS = 10_000;

/** A driver that speaks Graph, on the simulator, and what that one posted back. */
export class SimulatorRig implements ContractRig {
  readonly control: ControlClient;
  readonly accountRef: string;
  private opened: ProviderClient | undefined;

  private constructor(
    readonly provider: Provider,
    readonly settings: Readonly<Record<string, unknown>>,
    private readonly posted: readonly WebhookProof[],
    private readonly simulator: Simulator,
    private readonly receiver: Server,
  ) {
    this.control = new ControlClient(simulator.url);
    this.accountRef = provider.accountRef(settings) ?? '';
  }

  /** `makeSettings` says what the provider is set up with, given where the simulated provider is. */
  static async start(
    name: string,
    makeSettings: (rig: {
      simulatorUrl: string;
      webhookUrl: string;
      control: ControlClient;
    }) => Promise<object>,
  ): Promise<SimulatorRig> {
    const simulator = await startSimulator({ port: 0, host: '127.0.0.1' });
    const posted: WebhookProof[] = [];
    const receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        posted.push({ headers: request.headers, rawBody: Buffer.concat(chunks), url: null });
        response.end();
      });
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const publicUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

    const surroundings = surroundingsOf({
      CAUDAL_SIMULATOR_URL: simulator.url,
      CAUDAL_PUBLIC_URL: publicUrl,
    });
    const provider = new ProviderRegistry(
      surroundings.addresses,
      surroundings.simulator,
      surroundings.publicAddress,
    ).of(name);
    const control = new ControlClient(simulator.url);
    const settings = provider.parseSettings(
      await makeSettings({ simulatorUrl: simulator.url, webhookUrl: `${publicUrl}/webhook`, control }),
    );
    return new SimulatorRig(provider, settings, posted, simulator, receiver);
  }

  get client(): ProviderClient {
    this.opened ??= this.provider.open({
      channelId: '00000000-0000-4000-8000-000000000001',
      settings: this.settings,
      maxOpenCalls: MAX_OPEN_CALLS,
    });
    return this.opened;
  }

  async addFault(fault: WireFault, on: CallKind = 'send'): Promise<void> {
    await this.control.addFault({
      phoneNumberId: this.accountRef,
      count: 1,
      on,
      ...(fault.kind === 'answer' ? scriptedError(fault) : fault),
    });
  }

  async callsSeen(): Promise<number> {
    return (await this.ledger(true)).length;
  }

  async taken(): Promise<readonly TakenMessage[]> {
    const items = await this.ledger(false);
    return items.map(({ id, to, type }) => ({ id, to, type: type as TakenMessage['type'] }));
  }

  async redirectsFollowed(): Promise<number> {
    return (await this.control.summary()).redirectsFollowed;
  }

  async revokeCredentials(): Promise<void> {
    await this.control.putNumber(this.accountRef, { accessToken: 'another', appSecret: 'another' });
  }

  async closeService(): Promise<void> {
    await this.simulator.close();
  }

  /** Waits for those that the simulator really posts. */
  async statusWebhooks(sent: OutboundMessage): Promise<readonly PostedWebhook[]> {
    const endsAt = Date.now() + WEBHOOKS_WITHIN_MS;
    const ofIt = (): PostedWebhook[] =>
      this.posted
        .filter(({ rawBody }) => rawBody.includes(`"${sent.correlationId}"`))
        .map((proof) => ({
          proof,
          delivery: {
            body: proof.rawBody,
            contentType: 'application/json',
            query: '',
            receivedAt: new Date(),
          },
        }));
    while (Date.now() < endsAt && !ofIt().some(({ delivery }) => delivery.body.includes('"delivered"'))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return ofIt();
  }

  async stop(): Promise<void> {
    await this.opened?.close();
    await this.simulator.close().catch(() => undefined);
    this.receiver.closeAllConnections();
    this.receiver.close();
  }

  private async ledger(everyCall: boolean) {
    const query = { phoneNumberId: this.accountRef, everyCall, limit: 10_000 };
    return (await this.control.ledgerPage(query)).items;
  }
}

/** The simulator writes Graph's error envelope itself: it is told the code. */
function scriptedError({ answer, processed }: Extract<WireFault, { kind: 'answer' }>): ScriptedFault {
  const { error } = answer.body as { error: { code: number } };
  const retryAfter = answer.headers?.['retry-after'];
  return {
    kind: 'error',
    status: answer.status,
    code: error.code,
    processed,
    ...(retryAfter !== undefined && { retryAfterSeconds: Number(retryAfter) }),
  };
}
