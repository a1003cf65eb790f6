import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { BarrierResult } from '../../src/ledger/barrier.repository.js';
import { BarrierRepository } from '../../src/ledger/barrier.repository.js';
import type { LeasedBatch } from '../../src/ledger/dispatch.js';
import { COUNTED_STATES } from '../../src/ledger/message-state.js';
import type { StatusEvidence } from '../../src/ledger/status.repository.js';
import type { LookedUp } from '../../src/ledger/unknown-evidence.js';
import type { Sql } from '../../src/database/sql.js';
import { LEASE_MS, type LedgerFixture } from '../support/ledger-fixture.js';
import { settlementFor, type Answer } from './answer.js';
import type { Step } from './send-step.js';
import { isHeld, type Call, type Lease, type World } from './send-world.js';
import type { Rival } from './step-command.js';

interface Barrier {
  readonly batch: LeasedBatch;
  readonly seqs: readonly number[];
}

/** Takes the model's steps with the ledger's own statements, and holds what they answer against the model. */
export class LedgerRival implements Rival {
  private readonly dispatchIds: string[] = [];
  private readonly campaignId = randomUUID();
  private readonly leases: (LeasedBatch | null)[];
  private readonly lateBarriers: Barrier[] = [];
  /** Who leased a batch last. */
  private readonly processes = new Map<number, string>();

  private constructor(
    private readonly ledger: LedgerFixture,
    private readonly recipients: readonly string[],
    workers: number,
  ) {
    this.leases = Array.from({ length: workers }, () => null);
  }

  /** @param recipients canonical, of this world alone: an opt-out would reach the next one */
  static async start(ledger: LedgerFixture, world: World, recipients: readonly string[], batchSize: number) {
    const rival = new LedgerRival(ledger, recipients, world.workers.length);
    rival.dispatchIds.push(await ledger.openDispatch(recipients, batchSize, rival.campaignId));
    return rival;
  }

  async take(before: World, step: Step, after: World): Promise<void> {
    const { ledger } = this;
    switch (step.kind) {
      case 'ring':
        return this.expectReadyWork(before, step.dispatch);
      case 'lease':
        return this.lease(step.worker, step.dispatch, after);
      case 'barrier': {
        const barrier = {
          batch: this.leases[step.worker]!,
          seqs: step.rows.map((row) => this.seqOf(before, row)),
        };
        if (step.isLate) this.lateBarriers.push(barrier);
        else this.expectPassed(await this.pass(barrier), before, step.worker, after);
        return;
      }
      case 'land':
        await this.pass(...this.lateBarriers.splice(step.lateBarrier, 1));
        return;
      case 'settle':
        return this.settle(before, step.worker);
      case 'release':
        await ledger.batches.release(this.leases[step.worker]!, null);
        return;
      case 'releaseBeside':
        return this.releaseBeside(step.worker, step.lateBarrier);
      case 'reap': {
        const { dispatchId, batchNo } = this.batchOf(before, { batch: step.batch, fence: 0 });
        await ledger.sql.query(
          "UPDATE batches SET lease_until = now() - interval '1 ms' WHERE dispatch_id = $1 AND batch_no = $2",
          [dispatchId, batchNo],
        );
        expect((await ledger.reaper.reap(10)).batches).toBe(1);
        return;
      }
      case 'reapOrphan':
        return this.reapOrphan(before, step.batch);
      case 'status': {
        const evidence = this.evidence(before, step);
        await ledger.sql.transaction((tx) => ledger.statuses.apply(tx, [evidence]));
        return;
      }
      case 'pause':
        return ledger.gates.close(this.gateChange(step.dispatch));
      case 'resume':
        return ledger.gates.open(ledger.sql, this.gateChange(step.dispatch));
      case 'cancel':
        await ledger.cancels.cancelReady(this.dispatchIds[step.dispatch]!, 100);
        return;
      case 'optOut':
        return ledger.suppressions.suppress(ledger.sql, {
          workspaceId: ledger.workspaceId,
          recipients: [this.recipients[step.recipient]!],
          category: 'all',
          reason: 'STOP',
          source: 'inbound',
        });
      case 'resend':
        this.dispatchIds.push(await ledger.resendOne(this.campaignId, this.keyOf(before, step.row)));
        return;
      case 'reachHorizon':
        return this.reachHorizon(this.keyOf(before, step.row));
      case 'lookUp':
        expect(await ledger.unknowns.apply([this.answer(before, step)])).toBe(1);
        return;
      case 'call':
      case 'crash':
      case 'freeze':
      case 'wake':
      case 'loseRedis':
        // Of these Postgres learns nothing.
        return;
    }
  }

  /** Rows, batches and counters are the model's, and the counters equal a recount. */
  async expectEqual(world: World): Promise<void> {
    for (const [dispatch, id] of this.dispatchIds.entries()) {
      const rows = world.rows.filter((row) => row.dispatch === dispatch);
      const inModel = rows.map(({ state, attempt, tries }, index) => ({
        seq: index + 1,
        state,
        attempt,
        tries,
      }));
      const inLedger = (await this.ledger.rowsOf(id)).map(({ last_code: _code, ...row }) => row);
      expect(inLedger, `messages of dispatch ${dispatch}`).toEqual(inModel);
      const batches = await this.ledger.sql.query(
        'SELECT state, fence FROM batches WHERE dispatch_id = $1 ORDER BY batch_no',
        [id],
      );
      const batchesInModel = world.batches.filter((batch) => batch.dispatch === dispatch);
      expect(batches, `batches of dispatch ${dispatch}`).toEqual(
        batchesInModel.map(({ state, fence }) => ({ state, fence })),
      );
      const progress = await this.ledger.progress.of(id);
      expect(progress, `counters of dispatch ${dispatch}`).toMatchObject(
        world.dispatches[dispatch]!.counters,
      );
      expect(progress).toEqual(await this.ledger.progress.recount(id));
    }
    const newest = world.rows.filter(({ resentIn }) => resentIn === null);
    const totals = await this.ledger.whole.of(this.campaignId);
    expect(totals, 'totals of the campaign').toEqual(await this.ledger.whole.recount(this.campaignId));
    for (const state of COUNTED_STATES)
      expect(totals[state], state).toBe(newest.filter((row) => row.state === state).length);
    expect(totals.total).toBe(world.orders.length);
  }

  private async lease(worker: number, dispatch: number, after: World): Promise<void> {
    const { ledger } = this;
    const { lease } = after.workers[worker]!;
    // A process of its own for each lease, so that one that died can be told from the others.
    const process = randomUUID();
    const batch = await ledger.batches.lease(
      this.dispatchIds[dispatch]!,
      ledger.channelId,
      process,
      LEASE_MS,
    );
    expect(batch).toEqual(lease === null ? null : this.batchOf(after, lease));
    this.leases[worker] = batch;
    if (lease !== null) this.processes.set(lease.batch, process);
  }

  private async reapOrphan(before: World, batch: number): Promise<void> {
    const rows = before.rows.flatMap((row, index) => (row.batch === batch ? [{ row, index }] : []));
    const reaped = await this.ledger.reaper.reapWorker(this.processes.get(batch)!, ({ seq, attempt }) =>
      rows.some(({ row, index }) => this.seqOf(before, index) === seq && row.called.includes(attempt)),
    );
    expect(reaped).toMatchObject({ batches: 1, isMoreLeft: false });
  }

  private pass(barrier?: Barrier, repository = this.ledger.barrier): Promise<BarrierResult> {
    return repository.pass(barrier!.batch, barrier!.seqs, 'marketing', LEASE_MS);
  }

  private expectPassed(result: BarrierResult, before: World, worker: number, after: World): void {
    const lease = before.workers[worker]!.lease!;
    const { isOpen } = before.dispatches[before.batches[lease.batch]!.dispatch]!;
    expect(result.kind).toBe(!isOpen ? 'gate-closed' : isHeld(before, lease) ? 'passed' : 'lease-lost');
    if (result.kind !== 'passed') return;
    const calls = after.workers[worker]!.calls.slice(before.workers[worker]!.calls.length);
    const attempts = calls.map(({ row, attempt }): [number, number] => [this.seqOf(after, row), attempt]);
    expect(result.attempts).toEqual(new Map(attempts));
  }

  /** A statement for each attempt of a batch, as the engine writes them: a message stands in it once. */
  private async settle(before: World, worker: number): Promise<void> {
    const left = before.workers[worker]!.calls.filter(
      (call): call is Call & { answer: Answer } => call.answer !== null,
    );
    while (left.length > 0) {
      const { row, attempt } = left[0]!;
      const { batch } = before.rows[row]!;
      const group = left.filter((call) => call.attempt === attempt && before.rows[call.row]!.batch === batch);
      const settlements = group.map((call) => settlementFor(call, this.seqOf(before, call.row)));
      await this.ledger.settles.settle(this.batchOf(before, { batch, fence: 0 }), settlements);
      for (const call of group) left.splice(left.indexOf(call), 1);
    }
  }

  /** The barrier has its locks and has not committed when the release takes its snapshot. */
  private async releaseBeside(worker: number, lateBarrier: number): Promise<void> {
    const { ledger } = this;
    const [barrier] = this.lateBarriers.splice(lateBarrier, 1);
    let released: Promise<unknown> = Promise.resolve();
    let isOver = false;
    await ledger.sql.transaction(async (tx) => {
      await this.pass(barrier, new BarrierRepository(tx as Sql, ledger.suppressions));
      released = ledger.batches.release(this.leases[worker]!, null).finally(() => (isOver = true));
      while (!isOver && !(await this.isSomebodyWaiting())) continue;
    });
    await released;
  }

  private async isSomebodyWaiting(): Promise<boolean> {
    const rows = await this.ledger.sql.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    return rows.length > 0;
  }

  private async expectReadyWork(before: World, dispatch: number): Promise<void> {
    const work = await this.ledger.dispatches.readyWork();
    const ready = before.batches.filter((batch) => batch.dispatch === dispatch && batch.state === 'ready');
    const found = work.find(({ dispatchId }) => dispatchId === this.dispatchIds[dispatch]);
    expect(found?.readyBatches).toBe(ready.length);
  }

  /** Only this one has waited for so long. */
  private async reachHorizon({ dispatchId, seq }: { dispatchId: string; seq: number }): Promise<void> {
    await this.ledger.sql.query(
      `UPDATE unknowns SET since = since - interval '2 days' WHERE dispatch_id = $1 AND seq = $2`,
      [dispatchId, seq],
    );
    expect(await this.ledger.horizon.giveUp(86_400_000, 10)).toMatchObject({ unconfirmed: 1 });
  }

  private answer(before: World, { row, isTaken }: Step & { kind: 'lookUp' }): LookedUp {
    return {
      ...this.keyOf(before, row),
      attempt: before.rows[row]!.attempt,
      channelId: this.ledger.channelId,
      state: isTaken ? 'accepted' : 'failed',
      at: new Date(),
      providerId: null,
      code: isTaken ? null : 'not_taken',
      reason: isTaken ? null : 'It was not taken.',
    };
  }

  private keyOf(world: World, row: number): { dispatchId: string; seq: number } {
    return { dispatchId: this.dispatchIds[world.rows[row]!.dispatch]!, seq: this.seqOf(world, row) };
  }

  private evidence(before: World, step: Step & { kind: 'status' }): StatusEvidence {
    const at = new Date();
    return {
      dispatchId: this.dispatchIds[before.rows[step.row]!.dispatch]!,
      seq: this.seqOf(before, step.row),
      attempt: step.attempt,
      channelId: this.ledger.channelId,
      status: step.word,
      at: { sent: null, delivered: null, read: null, failed: null, [step.word]: at },
      code: step.word === 'failed' ? '131026' : null,
      reason: step.word === 'failed' ? 'Not on WhatsApp.' : null,
    };
  }

  private seqOf(world: World, row: number): number {
    const first = world.rows.findIndex(({ dispatch }) => dispatch === world.rows[row]!.dispatch);
    return row - first + 1;
  }

  private batchOf(world: World, { batch, fence }: Lease): LeasedBatch {
    const { dispatch } = world.batches[batch]!;
    const seqs = world.rows.flatMap((row, index) => (row.batch === batch ? [this.seqOf(world, index)] : []));
    return {
      dispatchId: this.dispatchIds[dispatch]!,
      batchNo: batch - world.batches.findIndex((other) => other.dispatch === dispatch) + 1,
      workspaceId: this.ledger.workspaceId,
      channelId: this.ledger.channelId,
      firstSeq: seqs[0]!,
      lastSeq: seqs.at(-1)!,
      fence,
      closesByMs: null,
    };
  }

  private gateChange(dispatch: number) {
    return { dispatchId: this.dispatchIds[dispatch]!, changedBy: 'spec', reason: null };
  }
}
