import { setImmediate as turnOfTheLoop, setTimeout as pause } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { BacklogSignal } from '../backlog-signal.js';
import { MOST_EVENTS, WebhookApplier } from './webhook-applier.js';

const MOST_LANES = 2;
/** How often the backlog of other processes is looked at; an empty look is two index probes. */
const LOOK_EVERY_MS = 200;
/** Between two rounds that leave the backlog empty: one transaction for what came, not one for each commit of the intake. */
const GATHER_MS = 50;
const FIRST_BACKOFF_MS = 250;
const MOST_BACKOFF_MS = 10_000;

/**
 * Applies webhooks until the backlog is empty, then waits for the intake of its own process or for the next look. A
 * second lane runs only while the first comes back full, and between two rounds the sends of this process have their
 * turn, so that a storm of webhooks slows itself down and not the sending.
 */
@Injectable()
export class WebhookWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  private running: Promise<void> | undefined;
  private isStopping = false;
  private lastCause: string | undefined;
  private backoffMs = FIRST_BACKOFF_MS;

  constructor(
    private readonly applier: WebhookApplier,
    private readonly signal: BacklogSignal,
  ) {}

  onApplicationBootstrap(): void {
    this.running ??= this.run();
  }

  /** Before the databases close: what is under way is finished, what is not begun stays on the backlog. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.signal.raise();
    await this.running;
  }

  private async run(): Promise<void> {
    let lanes = 1;
    while (!this.isStopping) {
      const taken = await this.round(lanes);
      lanes = taken >= MOST_EVENTS ? MOST_LANES : 1;
      if (taken === 0) await this.signal.wait(LOOK_EVERY_MS);
      else if (taken < MOST_EVENTS) await pause(GATHER_MS);
      else await turnOfTheLoop();
    }
  }

  private async round(lanes: number): Promise<number> {
    const results = await Promise.allSettled(Array.from({ length: lanes }, () => this.applier.applyNext()));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) {
      await this.backOff(failure.reason as Error);
      return 0;
    }
    if (this.lastCause !== undefined) this.logger.log('webhooks are applied again');
    this.lastCause = undefined;
    this.backoffMs = FIRST_BACKOFF_MS;
    return results.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0);
  }

  /** One line a cause, however long it lasts. */
  private async backOff(error: Error): Promise<void> {
    if (error.message !== this.lastCause) this.logger.error(`webhooks cannot be applied: ${error.message}`);
    this.lastCause = error.message;
    if (!this.isStopping) await pause(this.backoffMs);
    this.backoffMs = Math.min(this.backoffMs * 2, MOST_BACKOFF_MS);
  }
}
