import { Injectable, Logger } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import { Outbox } from '../events/outbox.js';
import { BatchMoves, type OpenDispatch } from '../ledger/batch-move.repository.js';
import { BellRinger } from './bell-ringer.js';
import { planOf, type PlannedMove } from './pool-plan.js';
import { PoolView, type PoolsSeen } from './pool-view.js';

/** A move that was made, with as many messages as were still there. */
interface Moved extends PlannedMove {
  readonly why: string;
}

/**
 * Keeps the work of a dispatch with several channels where it can be done: away from a channel that cannot send, back
 * to one that can again, and so that all channels end at about the same time. Safe in any number of processes: whoever
 * moves batches of a dispatch looks again under its lock, and one that is levelled already is left alone.
 */
@Injectable()
export class PoolTick {
  private readonly logger = new Logger('Queue');

  constructor(
    private readonly sql: Sql,
    private readonly moves: BatchMoves,
    private readonly view: PoolView,
    private readonly outbox: Outbox,
    private readonly ringer: BellRinger,
  ) {}

  /** Returns how many messages were moved. */
  async run(): Promise<number> {
    const open = await this.moves.open();
    if (open.length === 0) return 0;
    const seen = await this.view.look(open).catch((error: Error) => {
      this.logger.debug(`the channels of pools could not be looked at: ${error.message}`);
      return null;
    });
    if (seen === null) return 0;
    let messages = 0;
    for (const dispatch of open) {
      if (dispatch.channelIds === null || planOf(dispatch, seen.channelsOf(dispatch)).length === 0) continue;
      const moved = await this.sql.transaction((tx) => this.move(tx, dispatch, seen));
      messages += moved.reduce((sum, move) => sum + move.messages, 0);
      await this.tell(dispatch, moved);
    }
    return messages;
  }

  /** Planned again by what there is under the lock: another process may have moved the same just before. */
  private async move(tx: Queryable, { dispatchId }: OpenDispatch, seen: PoolsSeen): Promise<Moved[]> {
    const dispatch = await this.moves.lock(tx, dispatchId);
    if (dispatch === null) return [];
    const moved: Moved[] = [];
    for (const plan of planOf(dispatch, seen.channelsOf(dispatch))) {
      const messages = await this.moves.move(tx, { dispatchId, ...plan });
      if (messages > 0) moved.push({ ...plan, messages, why: whyOf(plan, seen) });
    }
    if (moved.some(({ cause }) => cause === 'level')) await this.moves.noteLevelled(tx, dispatchId);
    for (const move of moved) await this.note(tx, dispatch, move);
    return moved;
  }

  /** What somebody may ask about later; that channels are evened out is no news to anybody. */
  private async note(tx: Queryable, dispatch: OpenDispatch, move: Moved): Promise<void> {
    if (move.cause !== 'failover' && move.cause !== 'return') return;
    const { workspaceId, campaignId, dispatchId } = dispatch;
    const { cause, from, to, messages, why } = move;
    const payload = {
      campaignId,
      dispatchId,
      cause,
      fromChannelId: from,
      toChannelId: to,
      messages,
      reason: why,
    };
    await this.outbox.add(tx, { workspaceId, type: 'campaign.work_moved', payload });
  }

  private async tell({ dispatchId, campaignId }: OpenDispatch, moved: readonly Moved[]): Promise<void> {
    for (const { from, to, messages, cause, why } of moved) {
      this.logger.log(`${messages} messages of dispatch ${dispatchId} moved to another channel: ${why}`, {
        dispatchId,
        campaignId,
        cause,
        from,
        to,
      });
    }
    await Promise.all([...new Set(moved.map(({ to }) => to))].map((to) => this.ringer.ring(dispatchId, to)));
  }
}

function whyOf({ cause, from, to }: PlannedMove, { readings }: PoolsSeen): string {
  const nameOf = (channelId: string): string => `"${readings.get(channelId)?.name ?? channelId}"`;
  switch (cause) {
    case 'failover':
      return readings.get(from)?.obstacle?.text ?? `Channel ${nameOf(from)} cannot send.`;
    case 'return':
      return `Channel ${nameOf(to)} can send again, and these people know it.`;
    case 'probe':
      return readings.get(to)?.wantsProbe === true
        ? `Channel ${nameOf(to)} is tried again.`
        : `Channel ${nameOf(from)} cannot send yet.`;
    case 'level':
      return `Channel ${nameOf(to)} would be done earlier than ${nameOf(from)}.`;
  }
}
