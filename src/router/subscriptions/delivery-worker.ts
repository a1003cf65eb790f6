import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Config } from '../../config/config.js';
import { DeliveryLineRepository, type LeasedLine } from './delivery-line.repository.js';
import { DeliveryVisit, leaseMsFor } from './delivery-visit.js';

/** Endpoints that one process serves at once. */
const MOST_LINES = 8;
const LOOK_EVERY_MS = 100;
const FIRST_BACKOFF_MS = 250;
const MOST_BACKOFF_MS = 10_000;

/** Visits endpoints that have something to be sent, in every worker; which one takes which does not matter. */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('WebhooksOut');
  private readonly workerId = randomUUID();
  private readonly visits = new Set<Promise<void>>();
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;
  private lastCause: string | undefined;
  private backoffMs = FIRST_BACKOFF_MS;

  constructor(
    private readonly lines: DeliveryLineRepository,
    private readonly visit: DeliveryVisit,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.running ??= this.run();
  }

  /** Calls that are open end, and are written down; what was not begun stays as it is. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort();
    await this.running;
    await Promise.all(this.visits);
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      const waitMs = await this.look();
      await pause(waitMs, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }

  /** How long until the next look. */
  private async look(): Promise<number> {
    const free = MOST_LINES - this.visits.size;
    if (free === 0) return LOOK_EVERY_MS;
    try {
      const leaseMs = leaseMsFor(this.config.deliveries.timeoutMs);
      for (const line of await this.lines.lease(this.workerId, free, leaseMs)) this.begin(line);
      this.lastCause = undefined;
      this.backoffMs = FIRST_BACKOFF_MS;
      return LOOK_EVERY_MS;
    } catch (error) {
      return this.backOff(error as Error);
    }
  }

  /** A visit that fails leaves its endpoint to whoever comes when the lease is over. */
  private begin(line: LeasedLine): void {
    const visit = this.visit
      .make(this.workerId, line, () => this.ending.signal.aborted)
      .catch((error: Error) =>
        this.logger.error(`a visit to subscription ${line.subscriptionId} failed: ${error.message}`),
      )
      .finally(() => this.visits.delete(visit));
    this.visits.add(visit);
  }

  /** One line a cause, however long it lasts. */
  private backOff(error: Error): number {
    if (error.message !== this.lastCause) this.logger.error(`webhooks are not sent: ${error.message}`);
    this.lastCause = error.message;
    const waitMs = this.backoffMs;
    this.backoffMs = Math.min(waitMs * 2, MOST_BACKOFF_MS);
    return waitMs;
  }
}
