import { Injectable } from '@nestjs/common';
import { budgetsOf, moreFromMs } from '../channels/channel-budget.js';
import { BarrierRepository, type BarrierResult } from '../ledger/barrier.repository.js';
import { BudgetRepository, type BudgetState } from '../ledger/budget.repository.js';
import { ContactBarrier } from '../ledger/contact-barrier.repository.js';
import {
  PART_OF_DAY,
  placed,
  waitsForPlaces,
  type ContactBudget,
  type ContactTerms,
} from '../ledger/contact-terms.js';
import type { Dispatch, LeasedBatch, PendingMessage } from '../ledger/dispatch.js';
import { ChannelLines } from './channel-line.js';

/** A budget that was just made lets messages pass when all workers know of it. */
const OPENS_AFTER_MS = 3100;
/** However far off the next place is: somebody may have raised the budget meanwhile. */
const LOOK_AGAIN_MS = 600_000;

/** Of the messages of a batch, those that there is room for, and in how long the others are to be looked at again. */
export interface Admitted {
  readonly rows: readonly PendingMessage[];
  /** Null where none was left out. */
  readonly restMs: number | null;
}

/**
 * Decides which barrier a message takes, for each group anew: a budget holds within half a second of its being set. What
 * is under no budget and no cap takes the plain one, and costs nothing more than the look at what is in memory.
 */
@Injectable()
export class ContactGuards {
  constructor(
    private readonly lines: ChannelLines,
    private readonly plain: BarrierRepository,
    private readonly counting: ContactBarrier,
    private readonly budgets: BudgetRepository,
  ) {}

  async pass(
    dispatch: Dispatch,
    batch: LeasedBatch,
    seqs: readonly number[],
    leaseMs: number,
  ): Promise<BarrierResult> {
    const terms = await this.termsOf(dispatch, batch.channelId);
    return terms === null
      ? this.plain.pass(batch, seqs, dispatch.category, leaseMs)
      : this.counting.pass(batch, seqs, dispatch.category, leaseMs, terms);
  }

  /** Whether some of a batch may have to wait for a place: then all of it is read, for who costs none goes first. */
  async mayWait(dispatch: Dispatch, channelId: string): Promise<boolean> {
    const terms = await this.termsOf(dispatch, channelId);
    return terms !== null && terms.mayWait && budgetsIn(terms).length > 0;
  }

  /**
   * Asked before slots are: what has no place must not spend those of a limit, which others could use. Only a look; the
   * barrier decides. One statement while there are places for all, two otherwise.
   */
  async admitted(dispatch: Dispatch, batch: LeasedBatch, rows: readonly PendingMessage[]): Promise<Admitted> {
    const all: Admitted = { rows, restMs: null };
    const terms = await this.termsOf(dispatch, batch.channelId);
    if (terms === null || !terms.mayWait || rows.length === 0) return all;
    const budgets = budgetsIn(terms);
    if (budgets.length === 0) return all;
    const states = await this.budgets.statesOf(budgets, ({ limit }) =>
      Math.min(rows.length, Math.ceil(limit / PART_OF_DAY)),
    );
    const nowMs = Date.now();
    if (states.some(({ opensMs }) => opensMs === null)) {
      await this.budgets.open(budgets);
      return { rows: [], restMs: OPENS_AFTER_MS };
    }
    const opensMs = Math.max(...states.map((state) => state.opensMs!));
    if (opensMs > nowMs) return { rows: [], restMs: Math.min(LOOK_AGAIN_MS, opensMs - nowMs) };
    const { wide, own } = terms.budgets;
    const room = { wide: roomIn(states, wide), own: roomIn(states, own) };
    if (Math.min(room.wide, room.own) >= rows.length) return all;
    const seqs = rows.map(({ seq }) => seq);
    const places = new Set(placed(await this.budgets.costsOf(batch, seqs, terms.budgets), room));
    if (places.size === rows.length) return all;
    return {
      rows: rows.filter(({ seq }) => places.has(seq)),
      restMs: await this.restMs(batch.channelId, states, nowMs),
    };
  }

  private async termsOf(dispatch: Dispatch, channelId: string): Promise<ContactTerms | null> {
    const open = await this.lines.lineOf(channelId);
    const cap = dispatch.policy.frequencyCap ?? null;
    const budget = open?.channel.budget;
    const budgets = budget === undefined ? NONE : budgetsOf(channelId, budget, Date.now());
    if (cap === null && budgets.wide === null && budgets.own === null) return null;
    return { budgets, mayWait: waitsForPlaces(dispatch), cap };
  }

  /** A place in each of the budgets that lack one, or the next day of the ramp. */
  private async restMs(channelId: string, states: readonly BudgetState[], nowMs: number): Promise<number> {
    const budget = (await this.lines.lineOf(channelId))?.channel.budget;
    const stepMs = budget === undefined ? null : moreFromMs(budget, nowMs);
    const freeMs = states.map((state) => {
      const ofRamp = state.scopeId === channelId ? (stepMs ?? Infinity) : Infinity;
      return Math.min(state.freeMs ?? nowMs, ofRamp);
    });
    return Math.min(LOOK_AGAIN_MS, Math.max(1000, ...freeMs.map((ms) => ms - nowMs)));
  }
}

const NONE = { wide: null, own: null } as const;

function budgetsIn({ budgets: { wide, own } }: ContactTerms): ContactBudget[] {
  return [wide, own].filter((budget) => budget !== null);
}

function roomIn(states: readonly BudgetState[], budget: ContactBudget | null): number {
  const state = states.find(({ scopeId }) => scopeId === budget?.scopeId);
  return state === undefined ? Infinity : state.limit - state.used;
}
