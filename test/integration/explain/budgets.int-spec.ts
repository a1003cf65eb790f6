import type { AudienceScope } from '../../../src/campaigns/audience/audience-source.js';
import { PreflightRepository } from '../../../src/campaigns/preflight/preflight.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { BudgetRepository } from '../../../src/ledger/budget.repository.js';
import { ContactBarrier } from '../../../src/ledger/contact-barrier.repository.js';
import type { ContactBudget, ContactTerms } from '../../../src/ledger/contact-terms.js';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import type { Sql } from '../../../src/database/sql.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';

const { dispatchId, channelId, portfolioId, workspaceId, workerId, leasedBatch } = MILLION;
const LEASE_MS = 20_000;

const LEASED: LeasedBatch = {
  dispatchId,
  batchNo: leasedBatch.no,
  workspaceId,
  channelId,
  firstSeq: leasedBatch.firstSeq,
  lastSeq: leasedBatch.lastSeq,
  fence: 1,
};
const PENDING = range(leasedBatch.lastSeq - 199);

const budget = (scopeId: string): ContactBudget => ({ scopeId, limit: 100_100, channelIds: [channelId] });
const BUDGETS: ContactTerms['budgets'] = { wide: budget(portfolioId), own: budget(channelId) };
const UNDER_BUDGETS: ContactTerms = { budgets: BUDGETS, mayWait: true, cap: null };
const UNDER_CAP: ContactTerms = {
  budgets: { wide: null, own: null },
  mayWait: true,
  cap: { messages: 2, days: 7 },
};

const repository = (sql: Sql) => new BudgetRepository(sql, millionSuppressions);
const pass = (sql: Sql, batch: LeasedBatch, seqs: readonly number[], terms: ContactTerms) =>
  new ContactBarrier(sql, repository(sql), millionSuppressions).pass(
    batch,
    seqs,
    'marketing',
    LEASE_MS,
    terms,
  );
/** Leases a batch of the dispatch that was prepared since the last ANALYZE. */
const leaseFresh = async (sql: Sql) =>
  (leased = await new BatchRepository(sql).lease(MILLION.freshDispatchId, channelId, workerId, LEASE_MS));

const NAMED: AudienceScope = {
  workspaceId,
  campaignId: MILLION.campaignId,
  audience: { kind: 'contacts', ids: Array.from({ length: 50 }, (_, index) => String(index + 1)) },
  category: 'marketing',
  variables: [],
};

let leased: LeasedBatch | null;

const LOCK = { indexes: ['budgets_pkey'], mostBuffers: 30 };
const BASE = [
  'batches_leased',
  'dispatch_gates_pkey',
  'dispatches_pkey',
  'messages_pkey',
  'messages_recipient',
];
const COUNTED = {
  indexes: [...BASE, 'budget_minutes_pkey', 'conversations_phone', 'suppressions_pkey', 'touches_pkey'],
  mostBuffers: 14_000,
  mostRows: 6000,
};
const CAPPED = [
  {
    indexes: ['dispatches_unfinished', 'dispatches_with_rows'],
    // Where all of them ended within the days.
    orIndexes: [['dispatches_unfinished']],
    wholeTables: ['dispatches'],
    mostBuffers: 300,
  },
  { indexes: ['messages_pkey'], mostBuffers: 4000 },
  {
    indexes: [...BASE, 'suppressions_pkey'],
    // Planned once for all values, it holds what budgets would need, and does not run it.
    orIndexes: [[...BASE, 'budget_minutes_pkey', 'conversations_phone', 'suppressions_pkey', 'touches_pkey']],
    mostBuffers: 30_000,
    mostRows: 12_000,
  },
];

describePlans('budgets of contacts and frequency caps among a million messages', [
  {
    title:
      'takes two hundred messages past the barrier of two budgets of a hundred thousand contacts by keys alone',
    work: (sql) => pass(sql, LEASED, PENDING, UNDER_BUDGETS),
    meant: [LOCK, COUNTED],
  },
  {
    title: 'takes two hundred messages of a dispatch that no statistics know yet past the same barrier',
    before: leaseFresh,
    work: (sql) => pass(sql, leased!, range(1), UNDER_BUDGETS),
    meant: [LOCK, COUNTED],
  },
  {
    title: 'takes two hundred messages past a frequency cap by the index of recipients',
    work: (sql) => pass(sql, LEASED, PENDING, UNDER_CAP),
    meant: CAPPED,
  },
  {
    title: 'takes two hundred messages of a dispatch that no statistics know yet past a frequency cap',
    before: leaseFresh,
    work: (sql) => pass(sql, leased!, range(1), UNDER_CAP),
    meant: CAPPED,
  },
  {
    title: 'reads how two budgets stand off a day of minutes',
    work: (sql) => repository(sql).statesOf([BUDGETS.wide!, BUDGETS.own!]),
    meant: [{ indexes: ['budget_minutes_pkey', 'budgets_pkey'], mostBuffers: 700 }],
  },
  {
    title: 'sees who of a batch costs a place by keys alone',
    work: (sql) => repository(sql).costsOf(LEASED, PENDING, BUDGETS),
    meant: [{ indexes: ['conversations_phone', 'messages_pkey', 'touches_pkey'], mostBuffers: 3500 }],
  },
  {
    title: 'counts of a named audience who is over a frequency cap by the index of recipients',
    work: (sql) =>
      new PreflightRepository(sql, millionSuppressions).groups(NAMED, [], { messages: 2, days: 7 }),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        indexes: ['contacts_pkey', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'],
        mostBuffers: 1500,
        mostBuffersUnanalysed: 10_000,
      },
    ],
  },
]);

function range(first: number): number[] {
  return Array.from({ length: 200 }, (_, index) => first + index);
}
