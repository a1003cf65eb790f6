import { InjectQueue } from '@nestjs/bull';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { withLogContext } from '../common/log-context.js';
import { Config } from '../config/config.js';
import { BellRinger } from './bell-ringer.js';
import { BELL_QUEUE, STREAM_BELL_QUEUE, type BellJob } from './bull-queues.js';
import { PauseFlags } from './pause-flags.js';
import { TurnBook } from './turn-book.js';
import { Turn, type TurnEnd } from './turn.js';

/** Answers bells with turns. Starts by hand, in workers only, once everything it needs is up. */
@Injectable()
export class BellProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Queue');
  private readonly turnsOf = new Map<string, number>();
  /** Pairs that rang while all their turns were taken: the turn that ends may have looked before what they rang for. */
  private readonly missed = new Set<string>();

  constructor(
    @InjectQueue(BELL_QUEUE) private readonly queue: Queue<BellJob>,
    @InjectQueue(STREAM_BELL_QUEUE) private readonly streamQueue: Queue<BellJob>,
    private readonly turn: Turn,
    private readonly ringer: BellRinger,
    private readonly book: TurnBook,
    private readonly flags: PauseFlags,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    for (const queue of [this.queue, this.streamQueue]) {
      queue.on('error', (error) => this.logger.debug(`Bull: ${error.message}`));
      // The promise of process() lasts as long as the queue; it fails only when the queue is closed.
      queue.process(this.config.engine.maxTurns, (job) => this.answer(job)).catch(() => undefined);
    }
  }

  /** No new turns; running ones hand back what has not begun and write down what has. */
  async beforeApplicationShutdown(): Promise<void> {
    this.flags.stopAll();
    await Promise.allSettled([this.queue.pause(true), this.streamQueue.pause(true)]);
  }

  private async answer(job: Job<BellJob>): Promise<void> {
    const bell = bellOf(job.data);
    if (bell === null) {
      this.logger.warn(`a bell that cannot be read was dropped: job ${String(job.id)}`);
      return;
    }
    if (this.book.isCovered(bell.dispatchId, bell.channelId)) return;
    const pair = `${bell.dispatchId}/${bell.channelId}`;
    const turns = this.turnsOf.get(pair) ?? 0;
    // Bells beyond the bound have one echo together, so doubled ones die out.
    if (turns >= this.config.engine.maxConcurrentBatches) {
      this.missed.add(pair);
      return;
    }
    this.turnsOf.set(pair, turns + 1);
    let end: TurnEnd;
    try {
      end = await withLogContext({ dispatchId: bell.dispatchId, channelId: bell.channelId }, () =>
        this.turn.run(bell.dispatchId, bell.channelId),
      );
    } catch (error) {
      this.logger.warn(`a turn at dispatch ${bell.dispatchId} failed: ${(error as Error).message}`);
      return;
    } finally {
      const left = (this.turnsOf.get(pair) ?? 1) - 1;
      if (left > 0) this.turnsOf.set(pair, left);
      else this.turnsOf.delete(pair);
    }
    const wasMissed = end.ring !== 'now' && this.missed.delete(pair);
    if (end.ring === 'no' && !wasMissed) return;
    const restMs = this.book.restLeftMs(bell.dispatchId, bell.channelId);
    const delayMs = end.ring === 'later' ? end.atMs - performance.now() : 0;
    // A missed bell has an echo at once, whatever the turn itself rings for later.
    if (wasMissed && delayMs > 0) await this.ringer.ring(bell.dispatchId, bell.channelId, 1, restMs);
    await this.ringer.ring(bell.dispatchId, bell.channelId, 1, Math.max(restMs, delayMs));
  }
}

/** Jobs outlive releases: what is not a bell of this version is left to the tick, which rings again. */
function bellOf(data: Partial<BellJob> | null | undefined): BellJob | null {
  return data?.v === 1 && typeof data.dispatchId === 'string' && typeof data.channelId === 'string'
    ? { v: 1, dispatchId: data.dispatchId, channelId: data.channelId }
    : null;
}
