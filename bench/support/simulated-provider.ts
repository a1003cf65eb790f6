import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  ControlClient,
  type LedgerEntry,
  type LedgerFilterQuery,
} from '../../src/simulator/control-client.js';
import type { CaudalServer } from './caudal-server.js';

const PROGRAM = join(import.meta.dirname, '../../src/simulator/main.js');
/** Of a number in the cloud, with the way there and back. */
const LATENCY = { latencyMs: 60, jitterMs: 60 };
const ENTRIES_A_PAGE = 50_000;

export interface SimulatedChannel {
  readonly id: string;
  readonly phoneNumberId: string;
  /** Signs what is posted about it. */
  readonly appSecret: string;
}

/** The provider of a run, in a process of its own: it notes when each call came in, on its own clock. */
export class SimulatedProvider {
  readonly control: ControlClient;

  private constructor(
    private readonly url: string,
    private readonly end: () => Promise<void>,
  ) {
    this.control = new ControlClient(url);
  }

  static async start(): Promise<SimulatedProvider> {
    const child = spawn(process.execPath, [PROGRAM, '--port', '0', '--exit-with-parent'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { listening } = JSON.parse(line) as { listening: string };
    return new SimulatedProvider(listening, async () => {
      child.kill('SIGTERM');
      await ended;
    });
  }

  /** A number that posts no statuses (they are another bench's), and the channel that sends from it. */
  async addChannel(server: CaudalServer, limits: object): Promise<SimulatedChannel> {
    const phoneNumberId = `1${randomInt(1e7, 1e8)}${randomInt(1e5, 1e6)}`;
    const secrets = {
      accessToken: randomBytes(16).toString('hex'),
      appSecret: randomBytes(16).toString('hex'),
    };
    await this.control.putNumber(phoneNumberId, {
      ...secrets,
      behaviour: { ...LATENCY, deliveredRate: 0, readRate: 0 },
    });
    const { id } = await server.call<{ id: string }>('POST', '/api/channels', {
      name: `bench ${phoneNumberId}`,
      provider: 'whatsapp-cloud',
      settings: { baseUrl: this.url, phoneNumberId, ...secrets },
      limits,
    });
    return { id, phoneNumberId, appSecret: secrets.appSecret };
  }

  /** Every call that it was sent, in the order of arrival. */
  async calls(filter: LedgerFilterQuery = {}): Promise<LedgerEntry[]> {
    const calls: LedgerEntry[] = [];
    let after: number | undefined;
    for (;;) {
      const page = await this.control.ledgerPage({
        ...filter,
        ...(after === undefined ? {} : { after }),
        everyCall: true,
        limit: ENTRIES_A_PAGE,
      });
      calls.push(...page.items);
      if (page.next === null) return calls;
      after = page.next;
    }
  }

  stop(): Promise<void> {
    return this.end();
  }
}
