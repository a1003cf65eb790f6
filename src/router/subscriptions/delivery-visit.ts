import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { insist } from '../../common/insist.js';
import { Config } from '../../config/config.js';
import { DeliveryLineRepository, type LeasedLine } from './delivery-line.repository.js';
import type { DueDelivery } from './delivery.js';
import { DeliveryRepository } from './delivery.repository.js';
import { DeliveryRound, type RoundEnd, type SentDelivery } from './delivery-round.js';
import { EndpointCalls } from './endpoint-calls.js';
import { EventBody } from './event-body.js';
import { eventName } from './event-name.js';
import { isOpen, restMs, type LineHealth } from './line-health.js';
import type { LineLease } from './line-lease.js';
import type { Patience } from './delivery-verdict.js';
import { SealedSecrets } from './sealed-secrets.js';
import { secretsThatSign } from './subscription.js';

/** An endpoint is given back after this, so that others have their turn; later while none waits for this worker. */
const VISIT_MS = 2000;
const LONGEST_VISIT_MS = 20_000;
/** Most that is taken at once: what may come twice if the process dies before it has written what came of it. */
const MOST_DUE = 200;
/** All that is left waits to be tried again: nothing is looked for meanwhile. */
const NOTHING_DUE_REST_MS = 500;
const RECORDING = { firstWaitMs: 50, longestWaitMs: 1000, forMs: 5000 };

/** What a visit asks of its worker. */
export interface VisitingWorker {
  isStopping(): boolean;
  /** For another endpoint beside those that it is at. */
  hasRoom(): boolean;
}

/** One visit of this worker to an endpoint: rounds of due events, until its time is over or the endpoint fails. */
@Injectable()
export class DeliveryVisit {
  private readonly logger = new Logger('WebhooksOut');
  private readonly patience: Patience;

  constructor(
    private readonly lines: DeliveryLineRepository,
    private readonly deliveries: DeliveryRepository,
    private readonly calls: EndpointCalls,
    private readonly bodies: EventBody,
    private readonly sealed: SealedSecrets,
    private readonly clock: Clock,
    config: Config,
  ) {
    this.patience = { baseMs: config.deliveries.retryMs, giveUpMs: config.deliveries.giveUpMs };
  }

  async make(lease: LineLease, line: LeasedLine, worker: VisitingWorker): Promise<void> {
    const beganMs = performance.now();
    const mayGoOn = (): boolean =>
      !worker.isStopping() &&
      !lease.isOver &&
      performance.now() - beganMs < (worker.hasRoom() ? LONGEST_VISIT_MS : VISIT_MS);
    let left: RoundEnd = { health: line.health, disabledBecause: null, hasDelivered: false, askedRestMs: 0 };
    let pauseMs = 0;
    while (mayGoOn()) {
      // One probe behind a failure: only when it is taken there is more.
      const limit = left.health.opens > 0 ? 1 : MOST_DUE;
      const due = await this.deliveries.due(line.subscriptionId, limit);
      if (due.length === 0) pauseMs = NOTHING_DUE_REST_MS;
      if (due.length === 0) break;
      const round = this.round(line, left.health, mayGoOn, lease.signal);
      const end = await round.send(due);
      await this.record(line, round.takeResults());
      left = { ...end, hasDelivered: left.hasDelivered || end.hasDelivered };
      if (isOpen(left.health) || left.disabledBecause !== null || left.askedRestMs > 0) break;
      if (due.length < limit) break;
    }
    await this.leave(lease.id, line, left, pauseMs);
  }

  private round(
    line: LeasedLine,
    health: LineHealth,
    mayGoOn: () => boolean,
    signal: AbortSignal,
  ): DeliveryRound {
    const { subscriptionId: id, workspaceId, sealedSecrets } = line;
    const secrets = secretsThatSign(this.sealed.open(sealedSecrets, { id, workspaceId }), this.clock.nowMs());
    const { calls, bodies, clock, patience } = this;
    const more = async (inHand: number): Promise<DueDelivery[]> => {
      await this.record(line, round.takeResults());
      return this.deliveries.due(id, MOST_DUE + inHand);
    };
    const round = new DeliveryRound(
      { url: new URL(line.url), secrets, patience, calls, bodies, clock, mayGoOn, signal, more },
      health,
    );
    return round;
  }

  private async record(line: LeasedLine, results: readonly SentDelivery[]): Promise<void> {
    if (results.length === 0) return;
    await insist(RECORDING, () => this.deliveries.record(line.subscriptionId, results));
    this.note(line, results);
    this.tellOfDead(line, results);
  }

  /** Counted from the beginning of the transaction that an event happened in. */
  private note({ subscriptionId }: LeasedLine, results: readonly SentDelivery[]): void {
    for (const { eventId, type, state, waitedMs, ms } of results) {
      this.logger.debug(`event ${eventName(eventId)} (${type}) left ${waitedMs} ms after it happened`, {
        subscriptionId,
        state,
        waitedMs,
        answeredAfterMs: ms,
      });
    }
  }

  private tellOfDead({ subscriptionId, workspaceId }: LeasedLine, results: readonly SentDelivery[]): void {
    const dead = results.filter(({ state }) => state === 'dead');
    if (dead.length === 0) return;
    const { status, error } = dead[0]!;
    this.logger.warn(
      `${dead.length} events were given up: subscription ${subscriptionId} did not take them`,
      {
        subscriptionId,
        workspaceId,
        status,
        error,
      },
    );
  }

  private async leave(leaseId: string, line: LeasedLine, left: RoundEnd, pauseMs: number): Promise<void> {
    const opens = isOpen(left.health);
    const health = opens ? { ...left.health, failures: 0, opens: left.health.opens + 1 } : left.health;
    const openMs = opens ? restMs(left.health.opens, this.patience, Math.random()) : 0;
    const { subscriptionId } = line;
    const wasDisabled = await this.lines.leave(leaseId, {
      subscriptionId,
      health,
      restMs: Math.max(pauseMs, openMs, left.askedRestMs),
      hasDelivered: left.hasDelivered,
      disabledBecause: left.disabledBecause,
    });
    if (wasDisabled) {
      this.logger.error(
        `subscription ${subscriptionId} is disabled and told nothing any more: ${left.disabledBecause}`,
        { subscriptionId, workspaceId: line.workspaceId },
      );
    } else if (opens && left.health.opens === 0) {
      this.logger.warn(`the endpoint of subscription ${subscriptionId} fails and is left alone for a while`, {
        subscriptionId,
      });
    } else if (line.health.opens > 0 && health.opens === 0) {
      this.logger.log(`the endpoint of subscription ${subscriptionId} takes events again`, {
        subscriptionId,
      });
    }
  }
}
