import { afterAll, beforeAll, beforeEach } from 'vitest';
import { Stack } from '../support/stack.js';
import { keepLogsOnFailure, SHORT_LEASES } from './scene.js';
import { TcpProxy } from './tcp-proxy.js';

/** Two workers, and one proxy on their way to one of the servers: what the tests of a file play on. */
export class DetouredStage {
  proxy!: TcpProxy;
  stack!: Stack;
  private used = 0;

  private constructor() {}

  /** To be called in a describe: sets the stage for its tests, and clears it away behind them. */
  static set(
    wayTo: 'postgres' | 'provider',
    environment: Readonly<Record<string, string>> = {},
  ): DetouredStage {
    const stage = new DetouredStage();
    beforeAll(async () => {
      stage.proxy = await TcpProxy.open();
      stage.stack = await Stack.start({
        workers: 2,
        environment: { ...SHORT_LEASES, ...environment },
        detours: { [wayTo]: stage.proxy },
      });
    });
    afterAll(async () => {
      stage.proxy.pass();
      await stage.stack.stop();
      await stage.proxy.close();
    });
    beforeEach(async () => {
      keepLogsOnFailure(stage.stack);
      stage.proxy.pass();
      await stage.stack.simulator.clearLedger();
    });
    return stage;
  }

  /** Starts a campaign to numbers that no test of the stage has used yet. */
  async startCampaign(messages: number, settings: object, limits: object = {}): Promise<string> {
    const channelId = await this.stack.createChannel(settings, limits);
    const campaignId = await this.stack.createCampaign(messages, channelId, this.used);
    this.used += messages;
    await this.stack.start(campaignId);
    return campaignId;
  }
}
