import type { Queryable, Sql } from '../../../src/database/sql.js';
import { CampaignProgressRepository } from '../../../src/ledger/campaign-progress.repository.js';
import { HorizonRepository } from '../../../src/ledger/horizon.repository.js';
import { MessageWriter } from '../../../src/ledger/message-writer.repository.js';
import { ResendWriter } from '../../../src/ledger/resend-writer.repository.js';
import { ResendRepository } from '../../../src/ledger/resend.repository.js';
import type { LookedUp } from '../../../src/ledger/unknown-evidence.js';
import { UnknownRepository } from '../../../src/ledger/unknown.repository.js';
import { describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';

const { channelId, dispatchId, workspaceId, campaignId, emptyDispatchId } = MILLION;
const HOUR_MS = 3_600_000;
const PACE = { most: 20, perMs: 5000, firstWaitMs: 60_000, longestWaitMs: HOUR_MS };
/** Unknown in the big dispatch: each 997th. */
const UNKNOWN_SEQS = Array.from({ length: 20 }, (_, index) => (index + 1) * 997);
const ALL = [dispatchId, MILLION.smallDispatchIds[0]!, MILLION.smallDispatchIds[1]!];

const resend = (
  sql: Queryable,
  codes: readonly string[] | null,
  after = 100_000,
  windowed: readonly string[] = [],
) =>
  new ResendWriter(new MessageWriter(millionSuppressions)).write(sql, {
    dispatch: { id: emptyDispatchId, workspaceId, category: 'marketing' },
    order: { states: ['failed'], codes, unknownBefore: new Date() },
    earlier: [dispatchId],
    source: dispatchId,
    after,
    limit: 2000,
    channelIds: [channelId],
    windowed,
    batchSize: 500,
  });

const asCampaign = (sql: Sql) =>
  sql.query('UPDATE dispatches SET campaign_id = $1 WHERE id = ANY($2::bigint[])', [campaignId, ALL]);

describePlans('unknown outcomes among a million messages', [
  {
    title: 'finds what is past the horizon by its age, and its messages by their keys',
    work: (sql) => new HorizonRepository(sql).giveUp(20 * HOUR_MS, 1000),
    meant: [
      { indexes: [], mostBuffers: 10 },
      {
        indexes: ['messages_pkey', 'unknowns_pkey', 'unknowns_since'],
        mostBuffers: 5000,
        mostRows: 2000,
      },
    ],
  },
  {
    title: 'finds nothing past the horizon in a few pages',
    work: (sql) => new HorizonRepository(sql).giveUp(100 * HOUR_MS, 1000),
    meant: [
      { indexes: [], mostBuffers: 10 },
      { indexes: ['messages_pkey', 'unknowns_pkey', 'unknowns_since'], mostBuffers: 20, mostRows: 100 },
    ],
  },
  {
    title: 'steps from one channel with something to ask to the next',
    work: (sql) => new UnknownRepository(sql).channelsToAsk(),
    meant: [{ indexes: ['unknowns_to_ask'], mostBuffers: 40 }],
  },
  {
    title: 'takes twenty messages of a channel to ask for',
    work: (sql) => new UnknownRepository(sql).take(channelId, PACE),
    meant: [
      { indexes: [], mostBuffers: 10 },
      {
        indexes: [
          'messages_pkey',
          'messages_recipient',
          'unknowns_asked',
          'unknowns_pkey',
          'unknowns_to_ask',
        ],
        mostBuffers: 1100,
      },
    ],
  },
  {
    title: 'settles twenty messages by their keys',
    work: (sql) =>
      new UnknownRepository(sql).apply(
        UNKNOWN_SEQS.map((seq, n) => found(seq, n % 2 === 0 ? 'sent' : 'failed')),
      ),
    meant: [{ indexes: ['messages_pkey', 'unknowns_pkey'], mostBuffers: 1200, mostRows: 200 }],
  },
  {
    title: 'counts what is unknown on a channel',
    work: (sql) => new UnknownRepository(sql).ofChannel(channelId),
    meant: [
      {
        indexes: ['messages_pkey', 'unknowns_since'],
        orIndexes: [['messages_pkey']],
        // One channel may have all of them; more than these have never been counted.
        wholeTables: ['unknowns'],
        mostBuffers: 100_000,
      },
    ],
  },
]);

describePlans('a resend among a million messages', [
  {
    title: 'marks two thousand failed ones by what they left, and writes two thousand rows',
    work: (sql) => resend(sql, null),
    meant: [
      {
        indexes: ['attempts_message', 'messages_pkey', 'messages_recipient', 'unknowns_pkey'],
        mostBuffers: 60_000,
        mostRows: 60_000,
      },
      {
        indexes: ['dispatches_pkey', 'messages_pkey', 'suppressions_pkey'],
        mostBuffers: 150_000,
        mostRows: 40_000,
      },
    ],
  },
  {
    title: 'looks two thousand that it writes again up in conversations where windows decide',
    work: (sql) => resend(sql, null, 100_000, [channelId]),
    meant: [
      {
        indexes: ['attempts_message', 'messages_pkey', 'messages_recipient', 'unknowns_pkey'],
        mostBuffers: 60_000,
        mostRows: 60_000,
      },
      {
        indexes: ['conversations_phone', 'dispatches_pkey', 'messages_pkey', 'suppressions_pkey'],
        mostBuffers: 160_000,
        mostRows: 45_000,
      },
    ],
  },
  {
    title: 'marks two thousand with one code by it',
    work: (sql) => resend(sql, ['131026']),
    meant: [
      {
        indexes: ['attempts_code', 'messages_pkey', 'messages_recipient', 'unknowns_pkey'],
        mostBuffers: 60_000,
        mostRows: 100_000,
      },
      {
        indexes: ['dispatches_pkey', 'messages_pkey', 'suppressions_pkey'],
        mostBuffers: 150_000,
        mostRows: 40_000,
      },
    ],
  },
  {
    title: 'counts those with a rare code by it',
    work: (sql) => new ResendRepository(sql).countWithCodes(sql, ALL, ['unknown'], ['timeout']),
    meant: [{ indexes: ['attempts_code', 'messages_pkey'], mostBuffers: 5000 }],
  },
  {
    title: 'finds the youngest unknown one among those of its dispatches',
    work: (sql) => new ResendRepository(sql).youngestUnknown(sql, ALL, null),
    meant: [
      {
        indexes: ['messages_pkey', 'unknowns_pkey'],
        orIndexes: [['messages_pkey']],
        // One of the dispatches, or the channel, may have nearly all of them.
        wholeTables: ['unknowns'],
        mostBuffers: 100_000,
      },
    ],
  },
  {
    title: 'adds up a campaign of three dispatches from their counters',
    before: asCampaign,
    work: (sql) => new CampaignProgressRepository(sql).of(campaignId),
    meant: [
      {
        indexes: ['batches_leased', 'dispatch_counters_pkey', 'dispatches_campaign', 'messages_pkey'],
        // Nothing was resent here.
        wholeTables: ['resent_counters'],
        mostBuffers: 500,
      },
    ],
  },
]);

function found(seq: number, state: 'sent' | 'failed'): LookedUp {
  return {
    dispatchId,
    seq,
    attempt: 1,
    channelId,
    state,
    at: new Date(),
    providerId: state === 'sent' ? `wamid.found.${seq}` : null,
    code: state === 'failed' ? 'not_taken' : null,
    reason: null,
  };
}
