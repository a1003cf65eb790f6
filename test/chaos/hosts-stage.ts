import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { Stack } from '../support/stack.js';
import { isFull } from './dice.js';
import { Host } from './host.js';
import { keepLogsOnFailure, SHORT_LEASES } from './scene.js';

export const PROVIDER_NAME = 'provider.test';

/** Why tests on hosts of their own are skipped here; nothing is tried for the short run, which has none. */
export const noHosts = isFull ? Host.missing() : undefined;
if (noHosts !== undefined) process.stdout.write(`tests on several hosts are skipped: ${noHosts}\n`);

/** Two copies of the whole program, each on a host of its own; the front that tests ask stands on neither. */
export class HostsStage {
  stack!: Stack;
  hosts!: readonly [Host, Host];
  private used = 0;

  private constructor() {}

  /** To be called in a describe: sets the stage for its tests, and clears it away behind them. */
  static set(): HostsStage {
    const stage = new HostsStage();
    const added: Host[] = [];
    const add = async (): Promise<Host> => {
      const host = await Host.add();
      added.push(host);
      // The place of a resolver, where nobody listens unless a test does.
      host.writeFile('resolv.conf', `nameserver ${host.gateway}\n`);
      host.writeFile('hosts', `${host.gateway} ${PROVIDER_NAME}\n`);
      return host;
    };
    beforeAll(async () => {
      stage.hosts = [await add(), await add()];
      stage.stack = await Stack.start({ workers: 0, environment: SHORT_LEASES });
      await Promise.all(stage.hosts.map((host) => stage.startWhole(host)));
    });
    afterAll(async () => {
      for (const host of added) for (const way of host.everyWay) way.pass();
      await stage.stack?.stop();
      for (const host of added) await host.remove();
    });
    beforeEach(async () => {
      keepLogsOnFailure(stage.stack);
      for (const host of stage.hosts) for (const way of host.everyWay) way.pass();
      await stage.stack.simulator.clearLedger();
    });
    return stage;
  }

  /** Made but not started, to numbers that no test of the stage has used yet. */
  async createCampaign(messages: number, settings: object, limits: object = {}): Promise<string> {
    const channelId = await this.stack.createChannel(settings, limits);
    const campaignId = await this.stack.createCampaign(messages, channelId, this.used);
    this.used += messages;
    return campaignId;
  }

  private async startWhole(host: Host): Promise<void> {
    await host.start(
      this.stack,
      { CAUDAL_ROLES: 'api,router,worker', CAUDAL_DATA_DIR: join(this.stack.dataDir, host.name) },
      PROVIDER_NAME,
    );
  }
}
