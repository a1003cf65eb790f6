import { InjectQueue } from '@nestjs/bull';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Queue } from 'bull';
import { HealthIndicators } from '../common/health-indicators.js';
import { DeploymentCheck } from '../database/deployment.js';
import { BELL_QUEUE, type BellJob } from './bull-queues.js';

/** Bells are answered in milliseconds; this many waiting means that no worker is there or all are stuck. */
const MANY_BELLS = 10_000;

/** Tells GET /health how the queue is. */
@Injectable()
export class QueueHealth implements OnModuleInit {
  constructor(
    @InjectQueue(BELL_QUEUE) private readonly queue: Queue<BellJob>,
    private readonly indicators: HealthIndicators,
    private readonly deployment: DeploymentCheck,
  ) {}

  onModuleInit(): void {
    this.indicators.add('queue', async () => {
      const held = this.deployment.reason();
      if (held !== null) return { status: 'degraded', reason: held };
      const waiting = await this.queue.getWaitingCount();
      return waiting < MANY_BELLS
        ? { status: 'ok' }
        : { status: 'degraded', reason: `${waiting} bells are waiting` };
    });
  }
}
