import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { insist } from '../../common/insist.js';
import { Config } from '../../config/config.js';
import { DeliveryLineRepository, type LeasedLine } from './delivery-line.repository.js';
import { DeliveryRepository } from './delivery.repository.js';
import { DeliveryRound, type RoundEnd } from './delivery-round.js';
import { EndpointCalls } from './endpoint-calls.js';
import { EventBody } from './event-body.js';
import { isOpen, restMs, type LineHealth } from './line-health.js';
import type { Patience } from './delivery-verdict.js';
import { SealedSecrets } from './sealed-secrets.js';
import { secretsThatSign } from './subscription.js';

/** An endpoint is given back after this, so that others have their turn. */
const VISIT_MS = 2000;
/** Most events of a round: what may come twice if the process dies before it has written what came of them. */
const MOST_DUE = 200;
/** All that is left waits to be tried again: nothing is looked for meanwhile. */
const NOTHING_DUE_REST_MS = 500;
const RECORDING = { firstWaitMs: 50, longestWaitMs: 1000, forMs: 5000 };

/** Longer than a visit can take, with its last calls and the writing down of what they came to. */
export function leaseMsFor(timeoutMs: number): number {
  return VISIT_MS + timeoutMs + RECORDING.forMs + 3000;
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

  async make(workerId: string, line: LeasedLine, isStopping: () => boolean): Promise<void> {
    const endsMs = performance.now() + VISIT_MS;
    const mayGoOn = (): boolean => !isStopping() && performance.now() < endsMs;
    let left: RoundEnd = { health: line.health, disabledBecause: null, hasDelivered: false, askedRestMs: 0 };
    let pauseMs = 0;
    while (mayGoOn()) {
      // One probe behind a failure: only when it is taken there is more.
      const limit = left.health.opens > 0 ? 1 : MOST_DUE;
      const due = await this.deliveries.due(line.subscriptionId, limit);
      if (due.length === 0) pauseMs = NOTHING_DUE_REST_MS;
      if (due.length === 0) break;
      const round = this.round(line, left.health, mayGoOn);
      const end = await round.send(due);
      await insist(RECORDING, () => this.deliveries.record(line.subscriptionId, round.results));
      this.tellOfDead(line, round);
      left = { ...end, hasDelivered: left.hasDelivered || end.hasDelivered };
      if (isOpen(left.health) || left.disabledBecause !== null || left.askedRestMs > 0) break;
      if (due.length < limit) break;
    }
    await this.leave(workerId, line, left, pauseMs);
  }

  private round(line: LeasedLine, health: LineHealth, mayGoOn: () => boolean): DeliveryRound {
    const { subscriptionId: id, workspaceId, sealedSecrets } = line;
    const secrets = secretsThatSign(this.sealed.open(sealedSecrets, { id, workspaceId }), this.clock.nowMs());
    const { calls, bodies, clock, patience } = this;
    return new DeliveryRound(
      { url: new URL(line.url), secrets, patience, calls, bodies, clock, mayGoOn },
      health,
    );
  }

  private tellOfDead({ subscriptionId, workspaceId }: LeasedLine, { results }: DeliveryRound): void {
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

  private async leave(workerId: string, line: LeasedLine, left: RoundEnd, pauseMs: number): Promise<void> {
    const opens = isOpen(left.health);
    const health = opens ? { ...left.health, failures: 0, opens: left.health.opens + 1 } : left.health;
    const openMs = opens ? restMs(left.health.opens, this.patience, Math.random()) : 0;
    const { subscriptionId } = line;
    const wasDisabled = await this.lines.leave(workerId, {
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
