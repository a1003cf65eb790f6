import { Injectable, Logger } from '@nestjs/common';
import type { MessageContent } from '../channels/providers/message-content.js';
import { insist } from '../common/insist.js';
import { Config } from '../config/config.js';
import { BarrierRepository } from '../ledger/barrier.repository.js';
import { BatchRepository } from '../ledger/batch.repository.js';
import { hasVariants, type Dispatch, type LeasedBatch, type PendingMessage } from '../ledger/dispatch.js';
import { BellRinger } from './bell-ringer.js';
import type { ChannelLine } from './channel-line.js';
import { ContactGuards } from './contact-guards.js';
import { Grants } from './grants.js';
import { GroupSender } from './group-sender.js';
import { PauseFlags } from './pause-flags.js';
import { SettleWriter } from './settle-writer.js';
import type { ThrottledChannel } from './channel-terms.js';
import type { TurnPlace } from './turn-book.js';

/** Most messages past one barrier: beyond it the commit is no longer what costs. */
const MOST_PER_BARRIER = 200;
/** A campaign's turn waits this long for a slot at most; a slower channel gets its worker back. */
const MOST_WAIT_MS = 350;
/** One of single messages, and one that has no limiter to ask, waits longer: it must be there when the time has come. */
const MOST_WAIT_IN_PLACE_MS = 1000;
const UNDO_FIRST_WAIT_MS = 100;
/** Messages read for a turn, by what its process sends in a tenth of a second: a slow one needs few of a batch. */
const ROWS_FOR_ONE_ALLOWED = 40;
const FEWEST_ROWS = 40;

export interface BatchTask {
  readonly batch: LeasedBatch;
  readonly dispatch: Dispatch;
  readonly channel: ThrottledChannel;
  readonly line: ChannelLine;
  /** Our id comes back in every status of this channel. */
  readonly echoesCorrelation: boolean;
  readonly render: (row: PendingMessage) => MessageContent;
  readonly place: TurnPlace;
  /** performance.now() at which the turn is over. */
  readonly endsMs: number;
}

/** A batch whose calls have all begun, or whose rest has to wait. */
export interface BatchRun {
  /** Whether the turn may take another. */
  readonly mayGoOn: boolean;
  /** Whether another turn of its pair goes on with it, so that no bell is needed. */
  readonly isCovered: boolean;
  /** When it is written and given back: performance.now() from which it may go on, or null when nothing is left in it. */
  readonly readyAtMs: Promise<number | null>;
}

/** How the sending of a batch ended. */
interface End {
  /** Null: as soon as its messages may. */
  readonly restMs: number | null;
  readonly mayGoOn: boolean;
  readonly isCovered?: boolean;
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
    private readonly guards: ContactGuards,
    private readonly grants: Grants,
    private readonly sender: GroupSender,
    private readonly settles: SettleWriter,
    private readonly flags: PauseFlags,
    private readonly ringer: BellRinger,
    private readonly config: Config,
  ) {}

  async work(task: BatchTask): Promise<BatchRun> {
    const onTheWay: OnTheWay = { settled: [], unheard: [] };
    let end: End;
    try {
      end = await this.sendRows(task, onTheWay);
    } catch (error) {
      this.logger.warn(`a batch of dispatch ${task.dispatch.id} stopped early: ${(error as Error).message}`);
      end = { restMs: null, mayGoOn: false };
    }
    return {
      mayGoOn: end.mayGoOn,
      isCovered: end.isCovered ?? false,
      readyAtMs: this.giveBack(task.batch, onTheWay, end.restMs),
    };
  }

  private async giveBack(
    batch: LeasedBatch,
    { settled, unheard }: OnTheWay,
    restMs: number | null,
  ): Promise<number | null> {
    await Promise.all(settled);
    if (unheard.length > 0) await this.undo(batch, unheard);
    const { readyInMs } = await this.batches.release(batch, restMs);
    return readyInMs === null ? null : performance.now() + readyInMs;
  }

  /** As long as the lease lasts; after it the rows are called unknown, as those of a worker that went silent. */
  private async undo(batch: LeasedBatch, unheard: readonly number[]): Promise<void> {
    const patience = { firstWaitMs: UNDO_FIRST_WAIT_MS, forMs: this.config.engine.leaseMs };
    const handedBack = await insist(patience, () => this.barrier.undo(batch, unheard));
    if (handedBack > 0) this.logger.warn(`${handedBack} messages that no call was begun for go on`);
  }

  /** Overlaps groups: the next one passes the barrier while answers of the one before are still out. */
  private async sendRows(task: BatchTask, onTheWay: OnTheWay): Promise<End> {
    const { batch, dispatch, line, place } = task;
    const mostRows = FEWEST_ROWS + line.slots.allowance(performance.now()) * ROWS_FOR_ONE_ALLOWED;
    const isUnderBudget = await this.guards.mayWait(dispatch, batch.channelId);
    const ready = await this.batches.pending(batch, isUnderBudget ? null : mostRows, hasVariants(dispatch));
    const { rows, restMs } = isUnderBudget
      ? await this.guards.admitted(dispatch, batch, ready)
      : { rows: ready, restMs: null };
    let next = 0;
    while (next < rows.length) {
      if (performance.now() >= task.endsMs || this.flags.isClosed(dispatch.id, batch.channelId))
        return { restMs: null, mayGoOn: false };
      if (performance.now() >= (batch.closesByMs ?? Infinity)) return { restMs: null, mayGoOn: true };
      const allowed = line.slots.allowance(performance.now());
      const wanted = Math.min(rows.length - next, MOST_PER_BARRIER, allowed);
      const hasMore = next + wanted < rows.length;
      const grant = await this.grants.ask(task.channel, dispatch.id, wanted, hasMore);
      if (grant.kind === 'wait') {
        const isUrgent = dispatch.kind === 'stream' || grant.why === 'redis';
        const patience = place.refused(grant.waitMs, isUrgent ? MOST_WAIT_IN_PLACE_MS : MOST_WAIT_MS);
        if (patience.kind === 'leave') return { restMs: null, mayGoOn: false, isCovered: true };
        if (patience.kind === 'rest') return { restMs: patience.restMs, mayGoOn: false };
        await new Promise((resolve) => setTimeout(resolve, Math.max(1, grant.waitMs)));
        continue;
      }
      line.granted(grant.failures);
      const needsAnother = place.granted(grant.instantsMs?.at(-1) ?? 0, grant.nextMs);
      if (needsAnother) void this.ringer.ring(dispatch.id, task.channel.id, 1);
      const chosen = rows.slice(next, next + grant.count);
      next += chosen.length;
      const isOpen = await this.passAndSend(task, chosen, grant, onTheWay);
      if (!isOpen) return { restMs: null, mayGoOn: false };
    }
    return { restMs, mayGoOn: true };
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
    const passed = await this.guards.pass(dispatch, batch, seqs, this.config.engine.leaseMs);
    onTheWay.unheard = [];
    if (passed.kind !== 'passed') {
      grant.places.freeFrom(0);
      if (grant.isProbe) line.probeNotMade();
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
      closesByMs: batch.closesByMs ?? null,
    };
    const onItsWay = this.sender.send(group, line);
    // Of a single message, its task says what the provider called it.
    const keep = task.echoesCorrelation && dispatch.kind !== 'stream' ? 'receipts' : 'refs';
    const watching = dispatch.policy.isWatched === true ? 'watched' : 'unwatched';
    onTheWay.settled.push(
      onItsWay.settlements.then(async (settlements) => {
        if (await this.settles.write(batch, settlements, keep, watching)) onItsWay.written();
      }),
    );
    await onItsWay.begun;
    return true;
  }
}
