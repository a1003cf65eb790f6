import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DeliveryLineRepository, type LeasedLine } from './delivery-line.repository.js';
import { DeliveryVisit } from './delivery-visit.js';
import { LEASE_MS, LineLease, RENEW_EVERY_MS } from './line-lease.js';

/** Endpoints that one process serves at once. */
const MOST_LINES = 8;
const LOOK_EVERY_MS = 100;
const FIRST_BACKOFF_MS = 250;
const MOST_BACKOFF_MS = 10_000;

/** Visits endpoints that have something to be sent, in every worker; which one takes which does not matter. */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('WebhooksOut');
  private readonly visits = new Map<Promise<void>, LineLease>();
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;
  private lastCause: string | undefined;
  private backoffMs = FIRST_BACKOFF_MS;
  private renewedAtMs = 0;

  constructor(
    private readonly lines: DeliveryLineRepository,
    private readonly visit: DeliveryVisit,
  ) {}

  onApplicationBootstrap(): void {
    this.running ??= this.run();
  }

  /** Calls that are open end, and are written down; what was not begun stays as it is. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort();
    await this.running;
    const renewing = setInterval(() => void this.renew().catch(() => undefined), RENEW_EVERY_MS);
    await Promise.all(this.visits.keys());
    clearInterval(renewing);
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      const waitMs = await this.look();
      await pause(waitMs, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }

  /** How long until the next look. */
  private async look(): Promise<number> {
    try {
      await this.renew();
      const free = MOST_LINES - this.visits.size;
      const [leaseId, askedAtMs] = [randomUUID(), performance.now()];
      const leased = free === 0 ? [] : await this.lines.lease(leaseId, free, LEASE_MS);
      for (const line of leased) this.begin(line, new LineLease(leaseId, line.subscriptionId, askedAtMs));
      this.lastCause = undefined;
      this.backoffMs = FIRST_BACKOFF_MS;
      return LOOK_EVERY_MS;
    } catch (error) {
      return this.backOff(error as Error);
    }
  }

  /** What is not this worker's any more, or was paused, goes on with no call. */
  private async renew(): Promise<void> {
    const askedAtMs = performance.now();
    if (askedAtMs - this.renewedAtMs < RENEW_EVERY_MS) return;
    this.renewedAtMs = askedAtMs;
    const held = [...this.visits.values()].filter((lease) => !lease.isOver);
    if (held.length === 0) return;
    const still = await this.lines.renew(held, LEASE_MS);
    for (const lease of held) {
      if (still.has(lease.subscriptionId)) lease.renewed(askedAtMs);
      else lease.withdraw();
    }
  }

  /** A visit that fails leaves its endpoint to whoever comes when the lease is over. */
  private begin(line: LeasedLine, lease: LineLease): void {
    const visit = this.visit
      .make(lease, line, {
        isStopping: () => this.ending.signal.aborted,
        hasRoom: () => this.visits.size < MOST_LINES,
      })
      .catch((error: Error) =>
        this.logger.error(`a visit to subscription ${line.subscriptionId} failed: ${error.message}`),
      )
      .finally(() => {
        lease.end();
        this.visits.delete(visit);
      });
    this.visits.set(visit, lease);
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
