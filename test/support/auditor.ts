import { expect } from 'vitest';
import type { LedgerEntry, SimulatorSummary } from '../../src/simulator/control-client.js';
import type { DispatchProgress } from '../../src/ledger/dispatch.js';
import type { MessageState } from '../../src/ledger/message-state.js';
import type { Stack } from './stack.js';

export interface Audit {
  readonly progress: DispatchProgress;
  readonly ledger: SimulatorSummary;
}

/**
 * Holds a campaign's database against the provider's own ledger. Promises: nothing accepted twice, every recipient in
 * one state, counters equal a recount, and what the database calls accepted is what the provider accepted, but for
 * messages that are openly unknown.
 */
export async function audit(stack: Stack, campaignId: string): Promise<Audit> {
  const dispatchId = await stack.dispatchOf(campaignId);
  // One snapshot for both: statuses keep coming in while they are compared.
  const { progress, recount } = await stack.ledger.sql.transaction(async (tx) => {
    await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    return {
      progress: await stack.ledger.progress.of(dispatchId, tx),
      recount: await stack.ledger.progress.recount(dispatchId, tx),
    };
  });
  expect(progress).toEqual(recount);
  const ledger = await stack.simulator.summary({ callbackPrefix: `${dispatchId}:` });
  expect(ledger.duplicates).toBe(0);
  const taken = progress.accepted + progress.sent + progress.delivered + progress.read;
  const maybeTaken = taken + progress.failed + progress.unknown + progress.unconfirmed + progress.inflight;
  expect(ledger.distinct).toBeGreaterThanOrEqual(taken);
  expect(ledger.distinct).toBeLessThanOrEqual(maybeTaken);
  return { progress, ledger };
}

/** What the two books say together of a campaign that has come to rest. */
export interface FullAudit extends Audit {
  /** Unknown, and the provider never heard of them by name. */
  readonly unknownNeverHeard: number;
  /** The provider was reset before it read who the call was for: these have no name in its ledger. */
  readonly callsWithoutName: number;
}

const TAKEN: ReadonlySet<MessageState> = new Set(['accepted', 'sent', 'delivered', 'read']);
/** Answers after which nobody can tell whether the message was taken: it may never be called for again. */
const AMBIGUOUS = new Set(['hang', 'resetAfterRead', 'halfBody', 'closeNoAnswer', 'page502']);

/**
 * The audit of a campaign at rest, recipient by recipient: nobody is in the provider's ledger twice, whatever was
 * accepted is known to be or openly unknown, nothing is called accepted that was not, nobody was called again after an
 * answer that proves nothing, nobody is left over, and no process wrote down a person's number, name or text.
 */
export async function fullAudit(stack: Stack, campaignId: string): Promise<FullAudit> {
  await untilStatusesAreApplied(stack);
  const base = await audit(stack, campaignId);
  const dispatchId = await stack.dispatchOf(campaignId);
  const rows = (await stack.ledger.rowsOf(dispatchId)) as readonly { seq: number; state: MessageState }[];
  const calls = await callsOf(stack, `${dispatchId}:`);
  const accepted = calls.filter((call) => call.accepted);

  expect(repeated(accepted.map((call) => call.to))).toEqual([]);
  expect(repeated(accepted.map(seqOf))).toEqual([]);
  const acceptedSeqs = new Set(accepted.map(seqOf));
  const heardSeqs = new Set(calls.map(seqOf));
  const invented = rows.filter((row) => TAKEN.has(row.state) && !acceptedSeqs.has(row.seq));
  expect(invented, 'called accepted, and the provider knows nothing of it').toEqual([]);
  const mayBeTaken = new Set<MessageState>([...TAKEN, 'failed', 'unknown', 'unconfirmed']);
  const lost = rows.filter((row) => acceptedSeqs.has(row.seq) && !mayBeTaken.has(row.state));
  expect(lost, 'accepted by the provider, and not known to be').toEqual([]);
  const untold = rows.filter((row) => acceptedSeqs.has(row.seq) && row.state === 'unknown');
  expect(untold, 'accepted and told so by a status, and still unknown').toEqual([]);
  expect(calledAfterAmbiguity(calls), 'called again although nobody could tell').toEqual([]);
  expect(
    rows.filter((row) => row.state === 'inflight'),
    'in flight at rest',
  ).toEqual([]);
  expectNobodyInLogs(stack);
  return {
    ...base,
    unknownNeverHeard: rows.filter((row) => row.state === 'unknown' && !heardSeqs.has(row.seq)).length,
    callsWithoutName: (await callsOf(stack)).filter((call) => call.callbackData === null).length,
  };
}

/** Every status that the provider has to tell was posted, stored and applied. */
export async function untilStatusesAreApplied(stack: Stack): Promise<void> {
  await expect
    .poll(
      async () => {
        const { webhooks } = await stack.simulator.summary();
        const [backlog] = await stack.ledger.sql.query<{ n: number }>(
          'SELECT count(*)::int AS n FROM webhook_backlog',
        );
        return { toPost: webhooks.pending, toApply: backlog!.n, refused: webhooks.refused };
      },
      { timeout: 60_000, interval: 100 },
    )
    .toEqual({ toPost: 0, toApply: 0, refused: 0 });
}

/** Numbers, names and texts as Stack.createCampaign makes them. */
const PERSONAL = /\b521?55\d{8}\b|Persona \d|Hola/;

export function expectNobodyInLogs(stack: Stack): void {
  const lines = stack.processes.flatMap((process) => process.output().split('\n'));
  expect(lines.filter((line) => PERSONAL.test(line))).toEqual([]);
}

async function callsOf(stack: Stack, callbackPrefix?: string): Promise<LedgerEntry[]> {
  const calls: LedgerEntry[] = [];
  let after: number | undefined;
  for (;;) {
    const page = await stack.simulator.ledgerPage({
      ...(callbackPrefix === undefined ? {} : { callbackPrefix }),
      ...(after === undefined ? {} : { after }),
      everyCall: true,
      limit: 50_000,
    });
    calls.push(...page.items);
    if (page.next === null) return calls;
    after = page.next;
  }
}

/** Calls come in the order of their arrival. */
function calledAfterAmbiguity(calls: readonly LedgerEntry[]): LedgerEntry[] {
  const cannotTell = new Set<number>();
  return calls.filter((call) => {
    const seq = seqOf(call);
    const isWrong = cannotTell.has(seq);
    if (call.accepted || AMBIGUOUS.has(call.answered)) cannotTell.add(seq);
    return isWrong;
  });
}

/** A correlation id is dispatch:seq:attempt. */
function seqOf(call: LedgerEntry): number {
  return Number(call.callbackData!.split(':')[1]);
}

function repeated<T>(values: readonly T[]): T[] {
  const seen = new Set<T>();
  return values.filter((value) => seen.size === seen.add(value).size);
}
