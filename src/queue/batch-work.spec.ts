import { describe, expect, it } from 'vitest';
import type { Config } from '../config/config.js';
import type { BarrierRepository, BarrierResult } from '../ledger/barrier.repository.js';
import type { BatchRepository } from '../ledger/batch.repository.js';
import type { SettleWriter } from './settle-writer.js';
import { BatchWork, type BatchTask } from './batch-work.js';
import type { BellRinger } from './bell-ringer.js';
import { CallSlots } from './call-slots.js';
import type { ContactGuards } from './contact-guards.js';
import type { Grants } from './grants.js';
import type { GroupSender } from './group-sender.js';
import type { PauseFlags } from './pause-flags.js';

const ROWS = [1, 2].map((seq) => ({ seq, recipient: '+1', variables: {}, content: null, tries: 0 }));

/** A batch of two messages behind a barrier that answers as told; says what was sent, undone and given back. */
async function workBehind(pass: () => Promise<BarrierResult>) {
  const seen = { sent: 0, undone: [] as readonly number[], released: 0 };
  const work = new BatchWork(
    {
      pending: async () => ROWS,
      release: async () => {
        seen.released += 1;
        return { readyInMs: null };
      },
    } as unknown as BatchRepository,
    {
      undo: async (_batch: unknown, seqs: readonly number[]) => {
        seen.undone = seqs;
        return seqs.length;
      },
    } as unknown as BarrierRepository,
    { mayWait: async () => false, pass } as unknown as ContactGuards,
    {
      ask: async () => ({
        kind: 'granted',
        count: 2,
        instantsMs: null,
        failures: 0,
        places: { freeFrom: () => undefined },
      }),
    } as unknown as Grants,
    {
      send: () => {
        seen.sent += 1;
        return { begun: Promise.resolve(), settlements: Promise.resolve([]), written: () => undefined };
      },
    } as unknown as GroupSender,
    { write: async () => true } as unknown as SettleWriter,
    { isClosed: () => false } as unknown as PauseFlags,
    { ring: async () => undefined } as unknown as BellRinger,
    { engine: { leaseMs: 1000 } } as unknown as Config,
  );
  const task = {
    batch: { dispatchId: '1', batchNo: 1, channelId: 'c' },
    dispatch: { id: '1', kind: 'run', category: 'marketing' },
    channel: { id: 'c', version: 1 },
    line: { slots: new CallSlots(10), granted: () => undefined },
    place: { granted: () => false },
    endsMs: performance.now() + 60_000,
  } as unknown as BatchTask;
  const run = await work.work(task);
  await run.readyAtMs;
  return seen;
}

describe('a batch', () => {
  it('is sent behind a barrier that is known to be committed', async () => {
    const seen = await workBehind(async () => ({
      kind: 'passed',
      attempts: new Map([[1, 1]]),
      skipped: 0,
    }));
    expect(seen).toEqual({ sent: 1, undone: [], released: 1 });
  });

  it('sends nothing when the commit of its barrier was not heard, and hands back what it may have moved', async () => {
    const seen = await workBehind(() => Promise.reject(new Error('the connection ended')));
    expect(seen).toEqual({ sent: 0, undone: [1, 2], released: 1 });
  });

  it.each(['gate-closed', 'lease-lost'] as const)('sends nothing when the barrier says %s', async (kind) => {
    expect(await workBehind(async () => ({ kind }))).toEqual({ sent: 0, undone: [], released: 1 });
  });
});
