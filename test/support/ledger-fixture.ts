import { randomUUID } from 'node:crypto';
import { Keyring } from '../../src/common/keyring.js';
import { Sql } from '../../src/database/sql.js';
import { BarrierRepository } from '../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../src/ledger/batch.repository.js';
import { CampaignProgressRepository } from '../../src/ledger/campaign-progress.repository.js';
import { CancelRepository } from '../../src/ledger/cancel.repository.js';
import type { LeasedBatch } from '../../src/ledger/dispatch.js';
import { DispatchRepository } from '../../src/ledger/dispatch.repository.js';
import { GateRepository } from '../../src/ledger/gate.repository.js';
import { HorizonRepository } from '../../src/ledger/horizon.repository.js';
import { MessageWriter } from '../../src/ledger/message-writer.repository.js';
import { ProgressRepository } from '../../src/ledger/progress.repository.js';
import { ReaperRepository } from '../../src/ledger/reaper.repository.js';
import type { ResendOrder } from '../../src/ledger/resend.js';
import { ResendRepository } from '../../src/ledger/resend.repository.js';
import { ResendWriter } from '../../src/ledger/resend-writer.repository.js';
import { SettleRepository } from '../../src/ledger/settle.repository.js';
import type { Settlement } from '../../src/ledger/settlement.js';
import { StatusRepository } from '../../src/ledger/status.repository.js';
import { SuppressionRepository } from '../../src/ledger/suppression.repository.js';
import { UnknownRepository } from '../../src/ledger/unknown.repository.js';
import { UsageRepository } from '../../src/ledger/usage.repository.js';

export const LEASE_MS = 20_000;

/** The ledger on a real database, with what its specs do over and over. */
export class LedgerFixture {
  readonly workspaceId = randomUUID();
  readonly channelId = randomUUID();
  readonly workerId = randomUUID();
  readonly suppressions = new SuppressionRepository(new Keyring('a master key for tests, long enough'));
  readonly dispatches: DispatchRepository;
  readonly gates: GateRepository;
  readonly batches: BatchRepository;
  readonly barrier: BarrierRepository;
  readonly settles: SettleRepository;
  readonly reaper: ReaperRepository;
  readonly statuses = new StatusRepository();
  readonly progress: ProgressRepository;
  readonly cancels: CancelRepository;
  readonly usage: UsageRepository;
  readonly writer: MessageWriter;
  readonly unknowns: UnknownRepository;
  readonly horizon: HorizonRepository;
  readonly resends: ResendRepository;
  readonly resendWriter: ResendWriter;
  readonly whole: CampaignProgressRepository;

  constructor(readonly sql: Sql) {
    this.dispatches = new DispatchRepository(sql);
    this.gates = new GateRepository(sql);
    this.batches = new BatchRepository(sql);
    this.barrier = new BarrierRepository(sql, this.suppressions);
    this.settles = new SettleRepository(sql);
    this.reaper = new ReaperRepository(sql);
    this.progress = new ProgressRepository(sql);
    this.cancels = new CancelRepository(sql);
    this.usage = new UsageRepository(sql);
    this.writer = new MessageWriter(this.suppressions);
    this.unknowns = new UnknownRepository(sql);
    this.horizon = new HorizonRepository(sql);
    this.resends = new ResendRepository(sql);
    this.resendWriter = new ResendWriter(this.writer);
    this.whole = new CampaignProgressRepository(sql);
  }

  static connect(url: string, poolSize = 10): LedgerFixture {
    return new LedgerFixture(
      new Sql({ url, size: poolSize, name: 'spec', statementTimeoutMs: 20_000, onError: () => undefined }),
    );
  }

  /** An open dispatch with these recipients on the fixture's channel, in batches of `batchSize`. */
  async openDispatch(
    recipients: readonly string[],
    batchSize = 500,
    campaignId: string | null = null,
  ): Promise<string> {
    return this.sql.transaction(async (tx) => {
      const id = await this.dispatches.create(tx, {
        workspaceId: this.workspaceId,
        kind: 'run',
        campaignId,
        category: 'marketing',
        content: { type: 'text', text: 'hola' },
        policy: { maxTries: 5, retryBaseMs: 1000, retryMaxMs: 60_000 },
        createdBy: 'spec',
      });
      const source = {
        text: `SELECT r.position::bigint, NULL::bigint AS contact_id, r.recipient, $2::uuid AS channel_id,
                      '{}'::jsonb AS variables, NULL::text AS reject
               FROM unnest($1::text[]) WITH ORDINALITY AS r (recipient, position)`,
        values: [recipients, this.channelId],
      };
      await this.writer.append(
        tx,
        { id, workspaceId: this.workspaceId, category: 'marketing' },
        source,
        batchSize,
      );
      await this.gates.open(tx, { dispatchId: id, changedBy: 'spec', reason: null });
      return id;
    });
  }

  /** A resend of a campaign's newest dispatch and those before, open, written `limit` messages at a time. */
  async resend(campaignId: string, order: Partial<ResendOrder> = {}, batchSize = 500, limit = 100) {
    const whole: ResendOrder = { states: ['failed'], codes: null, unknownBefore: new Date(), ...order };
    return this.sql.transaction(async (tx) => {
      const earlier = await this.resends.dispatchesOf(campaignId, tx);
      const id = await this.resends.open(tx, earlier.at(-1)!, whole, 'spec');
      for (const source of earlier) {
        for (let after = 0, found = limit; found === limit;) {
          const written = await this.resendWriter.write(tx, {
            dispatch: { id, workspaceId: this.workspaceId, category: 'marketing' },
            order: whole,
            earlier,
            source,
            after,
            limit,
            channelIds: [this.channelId],
            windowed: [],
            batchSize,
          });
          ({ found, lastSeq: after } = written);
        }
      }
      await this.gates.open(tx, { dispatchId: id, changedBy: 'spec', reason: null });
      return id;
    });
  }

  /** A resend of one message, open. */
  async resendOne(
    campaignId: string,
    of: { readonly dispatchId: string; readonly seq: number },
  ): Promise<string> {
    const order: ResendOrder = {
      states: ['failed', 'unknown', 'unconfirmed'],
      codes: null,
      unknownBefore: new Date(Date.now() + 60_000),
    };
    return this.sql.transaction(async (tx) => {
      const earlier = await this.resends.dispatchesOf(campaignId, tx);
      const id = await this.resends.open(tx, earlier.at(-1)!, order, 'spec');
      await this.resendWriter.write(tx, {
        dispatch: { id, workspaceId: this.workspaceId, category: 'marketing' },
        order,
        earlier,
        source: of.dispatchId,
        after: of.seq - 1,
        limit: 1,
        channelIds: [this.channelId],
        windowed: [],
        batchSize: 1,
      });
      await this.gates.open(tx, { dispatchId: id, changedBy: 'spec', reason: null });
      return id;
    });
  }

  async lease(dispatchId: string, leaseMs = LEASE_MS): Promise<LeasedBatch> {
    const batch = await this.batches.lease(dispatchId, this.channelId, this.workerId, leaseMs);
    if (batch === null) throw new Error('no batch was ready');
    return batch;
  }

  /** Leases a batch and takes its first `count` messages past the barrier; attempts by seq. */
  async begin(dispatchId: string, count: number, leaseMs = LEASE_MS) {
    const batch = await this.lease(dispatchId, leaseMs);
    const rows = (await this.batches.pending(batch)).slice(0, count);
    const passed = await this.barrier.pass(
      batch,
      rows.map((row) => row.seq),
      'marketing',
      leaseMs,
    );
    if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
    return { batch, attempts: passed.attempts };
  }

  async rowsOf(
    dispatchId: string,
  ): Promise<{ seq: number; state: string; attempt: number; tries: number; last_code: string | null }[]> {
    return this.sql.query(
      'SELECT seq, state, attempt, tries, last_code FROM messages WHERE dispatch_id = $1 ORDER BY seq',
      [dispatchId],
    );
  }

  async close(): Promise<void> {
    await this.sql.end();
  }
}

/** `count` different canonical recipients. */
export function recipients(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `+52155${String(10_000_000 + index)}`);
}

let answers = 0;

/** With an id that no other has, as a provider's. */
export function settlement(seq: number, attempt: number, over: Partial<Settlement> = {}): Settlement {
  answers += 1;
  return {
    seq,
    attempt,
    state: 'accepted',
    triesSpent: 0,
    againInMs: null,
    providerId: `wamid.${seq}.${attempt}.${answers}`,
    trail: null,
    ...over,
  };
}
