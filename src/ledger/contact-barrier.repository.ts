import { Injectable } from '@nestjs/common';
import { intArray } from '../database/array-literal.js';
import { SendSql } from '../database/pools.js';
import { resultOf, type BarrierResult, type BarrierRow } from './barrier.repository.js';
import { BudgetRepository } from './budget.repository.js';
import { CONTACT_BARRIER, FIRST_OF_DAYS, LOCK_RECIPIENTS } from './contact-barrier.statements.js';
import type { ContactTerms } from './contact-terms.js';
import { COUNTER_SLOTS, type LeasedBatch } from './dispatch.js';
import { suppressionsThatStop, type MessageCategory } from './suppression.js';
import { SuppressionRepository } from './suppression.repository.js';

/** The first dispatch of the last days is looked for so often: an older answer only means that more is read. */
const FIRST_KEPT_MS = 60_000;

interface FirstOfDays {
  readonly id: string | null;
  readonly atMs: number;
}

/**
 * The door to sending for what is under a budget of contacts or a frequency cap; BarrierRepository is that of all else,
 * which pays nothing for this one. The same promises, in one transaction of three statements: the locks of budgets and
 * recipients, and behind them, so that it sees what others counted, the barrier. A budget lets a hundred thousand a day
 * through, so that one barrier at a time is no hardship; of a process one waits for it, not all its connections.
 */
@Injectable()
export class ContactBarrier {
  private readonly last = new Map<string, Promise<unknown>>();
  private readonly firsts = new Map<number, FirstOfDays>();

  constructor(
    private readonly sql: SendSql,
    private readonly budgets: BudgetRepository,
    private readonly suppressions: SuppressionRepository,
  ) {}

  /** Rows that are over a budget stay pending and are not among the attempts; those over the cap are skipped. */
  async pass(
    batch: LeasedBatch,
    seqs: readonly number[],
    category: MessageCategory,
    leaseMs: number,
    terms: ContactTerms,
  ): Promise<BarrierResult> {
    const { wide, own } = terms.budgets;
    const scope = wide ?? own;
    const first = terms.cap === null ? null : await this.firstOf(terms.cap.days);
    const run = (): Promise<BarrierResult> => this.passNow(batch, seqs, category, leaseMs, terms, first);
    return scope === null ? run() : this.inTurn(scope.scopeId, run);
  }

  private passNow(
    batch: LeasedBatch,
    seqs: readonly number[],
    category: MessageCategory,
    leaseMs: number,
    { budgets: { wide, own }, mayWait, cap }: ContactTerms,
    first: string | null,
  ): Promise<BarrierResult> {
    const { pepper } = this.suppressions;
    const budgets = [wide, own].filter((budget) => budget !== null);
    return this.sql.transaction(async (tx) => {
      const areOpen = budgets.length === 0 || (await this.budgets.lock(tx, budgets));
      if (!areOpen && mayWait) return { kind: 'passed', attempts: new Map(), skipped: 0 };
      if (cap !== null) {
        await tx.query(LOCK_RECIPIENTS, [batch.dispatchId, batch.workspaceId, intArray(seqs), pepper]);
      }
      const [row] = await tx.query<BarrierRow>(CONTACT_BARRIER, [
        batch.dispatchId,
        batch.batchNo,
        batch.fence,
        leaseMs,
        intArray(seqs),
        batch.batchNo % COUNTER_SLOTS,
        batch.workspaceId,
        suppressionsThatStop(category),
        pepper,
        wide?.scopeId ?? null,
        wide?.limit ?? null,
        own?.scopeId ?? null,
        own?.limit ?? null,
        mayWait,
        cap?.messages ?? null,
        cap?.days ?? null,
        first,
      ]);
      return resultOf(row);
    });
  }

  private async firstOf(days: number): Promise<string> {
    const known = this.firsts.get(days);
    if (known !== undefined && performance.now() - known.atMs < FIRST_KEPT_MS) return known.id ?? '0';
    const [row] = await this.sql.query<{ id: string | null }>(FIRST_OF_DAYS, [days]);
    const found = { id: row?.id ?? null, atMs: performance.now() };
    this.firsts.set(days, found);
    return found.id ?? '0';
  }

  /** One after the other within this process, whatever became of the one before. */
  private inTurn<T>(scopeId: string, run: () => Promise<T>): Promise<T> {
    const before = this.last.get(scopeId) ?? Promise.resolve();
    const mine = before.then(run, run);
    const ended = mine
      .catch(() => undefined)
      .then(() => {
        if (this.last.get(scopeId) === ended) this.last.delete(scopeId);
      });
    this.last.set(scopeId, ended);
    return mine;
  }
}
