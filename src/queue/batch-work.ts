import { Injectable, Logger } from '@nestjs/common';
import type { MessageContent } from '../channels/providers/message-content.js';
import { Config } from '../config/config.js';
import { BarrierRepository } from '../ledger/barrier.repository.js';
import { BatchRepository } from '../ledger/batch.repository.js';
import type { Dispatch, LeasedBatch, PendingMessage } from '../ledger/dispatch.js';
import type { ChannelLine } from './channel-line.js';
import { Grants } from './grants.js';
import { GroupSender } from './group-sender.js';
import { PauseFlags } from './pause-flags.js';
import { SettleWriter } from './settle-writer.js';
import type { ThrottledChannel } from './channel-terms.js';

/** Most messages past one barrier: beyond it the commit is no longer what costs. */
const MOST_PER_BARRIER = 200;
/** A worker waits this long for a token at most; a slower channel gets its worker back. */
const MOST_WAIT_MS = 1000;
const UNDO_FIRST_WAIT_MS = 100;
/** A batch is parked this long at most, so that a breaker closed by hand or a raised limit is noticed soon. */
const MOST_PARKED_MS = 700;

export interface BatchTask {
  readonly batch: LeasedBatch;
  readonly dispatch: Dispatch;
  readonly channel: ThrottledChannel;
  readonly line: ChannelLine;
  readonly render: (row: PendingMessage) => MessageContent;
  /** performance.now() at which the turn is over. */
  readonly endsMs: number;
}

/** A batch whose calls have all begun, or whose rest has to wait. */
export interface BatchRun {
  /** Whether the turn may take another. */
  readonly mayGoOn: boolean;
  /** When it is written and given back: the instant from which it may go on, or null when nothing is left in it. */
  readonly readyAtMs: Promise<number | null>;
}

/** What a batch has on its way. */
interface OnTheWay {
  readonly settled: Promise<void>[];
  /** Rows of the barrier whose answer did not come: moved or not, none of them was begun. */
  unheard: readonly number[];
}

/** Steps 4 to 8 of the way of one message, for one leased batch: grant, barrier, send, settle, over and over. */
@Injectable()
export class BatchWork {
  private readonly logger = new Logger('Queue');

  constructor(
    private readonly batches: BatchRepository,
    private readonly barrier: BarrierRepository,
    private readonly grants: Grants,
    private readonly sender: GroupSender,
    private readonly settles: SettleWriter,
    private readonly flags: PauseFlags,
    private readonly config: Config,
  ) {}

  async work(task: BatchTask): Promise<BatchRun> {
    const onTheWay: OnTheWay = { settled: [], unheard: [] };
    let end: { notBeforeMs: number | null; mayGoOn: boolean };
    try {
      end = await this.sendRows(task, onTheWay);
    } catch (error) {
      this.logger.warn(`a batch of dispatch ${task.dispatch.id} stopped early: ${(error as Error).message}`);
      end = { notBeforeMs: null, mayGoOn: false };
    }
    return { mayGoOn: end.mayGoOn, readyAtMs: this.giveBack(task.batch, onTheWay, end.notBeforeMs) };
  }

  private async giveBack(
    batch: LeasedBatch,
    { settled, unheard }: OnTheWay,
    notBeforeMs: number | null,
  ): Promise<number | null> {
    await Promise.all(settled);
    if (unheard.length > 0) await this.undo(batch, unheard);
    return (await this.batches.release(batch, notBeforeMs)).readyAtMs;
  }

  /** As long as the lease lasts; after it the rows are called unknown, as those of a worker that went silent. */
  private async undo(batch: LeasedBatch, unheard: readonly number[]): Promise<void> {
    const endsMs = performance.now() + this.config.engine.leaseMs;
    for (let waitMs = UNDO_FIRST_WAIT_MS; ; waitMs *= 2) {
      try {
        const handedBack = await this.barrier.undo(batch, unheard);
        if (handedBack > 0) this.logger.warn(`${handedBack} messages that no call was begun for go on`);
        return;
      } catch (error) {
        if (performance.now() + waitMs > endsMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  /** Overlaps groups: the next one passes the barrier while answers of the one before are still out. */
  private async sendRows(
    task: BatchTask,
    onTheWay: OnTheWay,
  ): Promise<{ notBeforeMs: number | null; mayGoOn: boolean }> {
    const { batch, dispatch, line } = task;
    const rows = await this.batches.pending(batch);
    let next = 0;
    while (next < rows.length) {
      if (performance.now() >= task.endsMs || this.flags.isClosed(dispatch.id))
        return { notBeforeMs: null, mayGoOn: false };
      const allowed = line.slots.allowance(performance.now());
      const wanted = Math.min(rows.length - next, MOST_PER_BARRIER, allowed);
      const grant = await this.grants.ask(task.channel, dispatch.id, wanted);
      if (grant.kind === 'wait') {
        if (grant.waitMs > MOST_WAIT_MS) {
          return { notBeforeMs: Date.now() + Math.min(grant.waitMs, MOST_PARKED_MS), mayGoOn: false };
        }
        await new Promise((resolve) => setTimeout(resolve, Math.max(1, grant.waitMs)));
        continue;
      }
      line.granted(grant.failures);
      const chosen = rows.slice(next, next + grant.count);
      next += chosen.length;
      const isOpen = await this.passAndSend(task, chosen, grant, onTheWay);
      if (!isOpen) return { notBeforeMs: null, mayGoOn: false };
    }
    return { notBeforeMs: null, mayGoOn: true };
  }

  private async passAndSend(
    task: BatchTask,
    rows: readonly PendingMessage[],
    grant: Parameters<GroupSender['send']>[0]['grant'],
    onTheWay: OnTheWay,
  ): Promise<boolean> {
    const { batch, dispatch, channel, line, render } = task;
    const seqs = rows.map((row) => row.seq);
    onTheWay.unheard = seqs;
    const passed = await this.barrier.pass(batch, seqs, dispatch.category, this.config.engine.leaseMs);
    onTheWay.unheard = [];
    if (passed.kind !== 'passed') {
      grant.places.freeFrom(0);
      return false;
    }
    const group = {
      dispatch,
      channelVersion: channel.version,
      rows,
      attempts: passed.attempts,
      grant,
      render,
      passedMs: performance.now(),
    };
    const onItsWay = this.sender.send(group, line);
    onTheWay.settled.push(
      onItsWay.settlements.then(async (settlements) => {
        if (await this.settles.write(batch, settlements)) onItsWay.written();
      }),
    );
    await onItsWay.begun;
    return true;
  }
}
