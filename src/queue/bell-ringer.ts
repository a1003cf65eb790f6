import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bull';
import { Config } from '../config/config.js';
import { DispatchRepository } from '../ledger/dispatch.repository.js';
import { isStreamId } from '../ledger/stream.js';
import {
  BELL_QUEUE,
  KEPT_COMPLETED_JOBS,
  KEPT_FAILED_JOBS,
  STREAM_BELL_QUEUE,
  type BellJob,
} from './bull-queues.js';
import { Ringing } from './ringing.js';
import { TurnBook } from './turn-book.js';
import { WorkerIdentity } from './worker-identity.js';

/**
 * Rings for turns. Losing a bell costs time until the next tick, doubling one costs an empty turn: Postgres says what
 * there is to do, so Redis may be wiped at any moment.
 */
@Injectable()
export class BellRinger {
  private readonly logger = new Logger('Queue');
  private readonly ringing = new Ringing();

  constructor(
    @InjectQueue(BELL_QUEUE) private readonly queue: Queue<BellJob>,
    @InjectQueue(STREAM_BELL_QUEUE) private readonly streamQueue: Queue<BellJob>,
    private readonly dispatches: DispatchRepository,
    private readonly book: TurnBook,
    private readonly worker: WorkerIdentity,
    private readonly config: Config,
  ) {}

  /** Asks for turns at a (dispatch, channel), at once or after `delayMs`. Never throws. */
  async ring(
    dispatchId: string,
    channelId: string,
    bells = this.config.engine.maxConcurrentBatches,
    delayMs = 0,
  ): Promise<void> {
    const job = {
      name: '__default__',
      data: { v: 1, dispatchId, channelId } as const,
      opts: {
        attempts: 1,
        delay: delayMs,
        removeOnComplete: KEPT_COMPLETED_JOBS,
        removeOnFail: KEPT_FAILED_JOBS,
      },
    };
    const queue = isStreamId(dispatchId) ? this.streamQueue : this.queue;
    const rung = await this.ringing.ring(() => queue.addBulk(Array.from({ length: bells }, () => job)));
    if (rung.kind === 'lost') {
      this.logger.debug(`a bell of dispatch ${dispatchId} was not rung: ${rung.reason}`);
    }
  }

  /** The tick: wherever Postgres has ready batches and too few workers on them, ring for the rest. */
  async ringForReadyWork(): Promise<number> {
    const work = await this.dispatches.readyWork();
    if (work.length === 0) return 0;
    const mostTurns = this.config.engine.maxConcurrentBatches * (await this.worker.liveWorkers());
    let rung = 0;
    for (const { dispatchId, channelId, readyBatches, leasedBatches } of work) {
      const bells = Math.min(readyBatches, mostTurns - leasedBatches);
      if (bells <= 0 || this.book.isCovered(dispatchId, channelId)) continue;
      await this.ring(dispatchId, channelId, bells);
      rung += bells;
    }
    return rung;
  }
}
