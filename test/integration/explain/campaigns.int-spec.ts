import { IdempotencyRepository } from '../../../src/auth/idempotency.repository.js';
import {
  CampaignMessageRepository,
  type MessageFilter,
} from '../../../src/campaigns/campaign-message.repository.js';
import { CampaignMetricsRepository } from '../../../src/campaigns/campaign-metrics.repository.js';
import { CampaignRepository } from '../../../src/campaigns/campaign.repository.js';
import { CampaignTemplateRepository } from '../../../src/campaigns/campaign-template.repository.js';
import { CampaignTickRepository } from '../../../src/campaigns/campaign-tick.repository.js';
import { PreparationRepository } from '../../../src/campaigns/preparation/preparation.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { describePlans } from '../../support/explained-sql.js';
import { MILLION } from '../../support/million-rows.js';

const { workspaceId, dispatchId } = MILLION;
const page =
  (filter: MessageFilter, after: number, of: string = dispatchId) =>
  (sql: Sql) =>
    new CampaignMessageRepository(sql).page(workspaceId, of, filter, after, 51);
const idempotency = (sql: Sql) => new IdempotencyRepository(sql);
const ALONG_THE_KEY = { indexes: ['attempts_message', 'dispatches_pkey', 'messages_pkey', 'receipts_first'] };
const AMONG_BATCHES = {
  indexes: ['attempts_message', 'batches_pkey', 'dispatches_pkey', 'messages_pkey', 'receipts_first'],
  orIndexes: [['attempts_message', 'batches_leased', 'dispatches_pkey', 'messages_pkey', 'receipts_first']],
  mostBuffers: 700,
};
const HASH = Buffer.alloc(32);

describePlans('the messages of a campaign of 800,000', [
  {
    title: 'shows a page along the key',
    work: page({}, 400_000),
    meant: [{ ...ALONG_THE_KEY, mostBuffers: 460 }],
  },
  {
    title: 'shows a page of those that were delivered along the key',
    work: page({ state: 'delivered' }, 100_000),
    meant: [{ ...ALONG_THE_KEY, mostBuffers: 460, mostBuffersUnanalysed: 60_000 }],
  },
  {
    title: 'shows a page of failed ones by what they left',
    work: page({ state: 'failed' }, 100_000),
    meant: [{ ...ALONG_THE_KEY, mostBuffers: 1000, mostBuffersUnanalysed: 3000 }],
  },
  {
    title: 'shows a page of failed ones with one code by what they left',
    work: page({ state: 'failed', code: '131026' }, 100_000),
    meant: [
      {
        indexes: ['attempts_code', 'attempts_message', 'dispatches_pkey', 'messages_pkey', 'receipts_first'],
        mostBuffers: 1200,
      },
    ],
  },
  {
    title: 'shows a page of unknown ones with a rare code by what they left',
    work: page({ state: 'unknown', code: 'timeout' }, 0),
    meant: [
      {
        indexes: ['attempts_code', 'attempts_message', 'dispatches_pkey', 'messages_pkey', 'receipts_first'],
        mostBuffers: 1200,
      },
    ],
  },
  {
    title: 'shows a page of those with a code, whatever their state, by what they left',
    work: page({ code: 'timeout' }, 0),
    meant: [
      {
        indexes: ['attempts_code', 'attempts_message', 'dispatches_pkey', 'messages_pkey', 'receipts_first'],
        mostBuffers: 1200,
      },
    ],
  },
  {
    title: 'finds in one pass at most that none was cancelled',
    work: page({ state: 'cancelled' }, 0),
    meant: [
      {
        ...ALONG_THE_KEY,
        // This dispatch is most of the table.
        orIndexes: [['attempts_message', 'dispatches_pkey', 'receipts_first']],
        wholeTables: ['messages'],
        mostBuffers: 70_000,
      },
    ],
  },
  {
    title: 'shows what is inflight between the first and the last leased batch',
    work: page({ state: 'inflight' }, 0),
    meant: [AMONG_BATCHES],
  },
  {
    title: 'shows what is pending from the first batch that is not done',
    work: page({ state: 'pending' }, 0),
    meant: [{ ...AMONG_BATCHES, mostBuffersUnanalysed: 60_000 }],
  },
]);

describePlans('a campaign of 800,000 among five thousand', [
  {
    title: 'lists the newest along their index',
    work: (sql) => new CampaignRepository(sql).list(workspaceId, {}, null, 51),
    meant: [
      {
        indexes: ['campaigns_list', 'dispatch_gates_pkey'],
        mostBuffers: 100,
        mostBuffersUnanalysed: 500,
      },
    ],
  },
  {
    title: 'measures the latency in the last batches that were begun',
    work: (sql) => new CampaignMetricsRepository(sql).averageLatencyMs(dispatchId),
    meant: [{ indexes: ['batches_pkey', 'messages_pkey'], mostBuffers: 400 }],
  },
  {
    title: 'counts batches with failures by what those left',
    work: (sql) => new CampaignMetricsRepository(sql).failedBatches(dispatchId),
    meant: [
      {
        indexes: ['attempts_message', 'batches_pkey', 'dispatch_counters_pkey', 'messages_pkey'],
        mostBuffers: 12_000,
      },
    ],
  },
  {
    title: 'finds campaigns that are done by the index of those in motion',
    work: (sql) => new CampaignTickRepository(sql).allSettled(),
    meant: [
      { indexes: ['campaigns_in_motion', 'dispatches_pkey', 'dispatch_counters_pkey'], mostBuffers: 100 },
    ],
  },
  {
    title: 'finds campaigns whose template may not be sent by the index of those in motion',
    work: (sql) => new CampaignTemplateRepository(sql).barred(),
    meant: [
      {
        indexes: ['campaigns_in_motion', 'channels_pkey', 'templates_pkey'],
        // Of channels there are tens, and here neither has rows.
        orIndexes: [['campaigns_in_motion'], ['campaigns_in_motion', 'templates_pkey']],
        wholeTables: ['channels', 'templates'],
        mostBuffers: 100,
      },
    ],
  },
  {
    title: 'finds campaigns that stop by the index of those in motion',
    work: (sql) => new CampaignTickRepository(sql).inStatus('stopping'),
    meant: [{ indexes: ['campaigns_in_motion'], mostBuffers: 10 }],
  },
  {
    title: 'notes the pulse of those that run by the index of those in motion',
    work: (sql) => new CampaignTickRepository(sql).pulse(),
    meant: [{ indexes: ['campaigns_in_motion', 'dispatch_counters_pkey'], mostBuffers: 100 }],
  },
  {
    title: 'finds preparations that stand still by the index of those in motion',
    work: (sql) => new PreparationRepository(sql).stalled(10_000),
    meant: [{ indexes: ['campaigns_in_motion'], mostBuffers: 30 }],
  },
]);

describePlans('one of fifty thousand idempotency keys', [
  {
    title: 'is claimed by its key when it is new',
    work: (sql) => idempotency(sql).claim(workspaceId, 'a new key', HASH),
    meant: [{ indexes: [], mostBuffers: 40 }],
  },
  {
    title: 'is found by its key when it was answered',
    work: (sql) => idempotency(sql).claim(workspaceId, 'key 25000', HASH),
    meant: [
      { indexes: [], mostBuffers: 40 },
      { indexes: ['idempotency_keys_pkey'], mostBuffers: 10 },
    ],
  },
  {
    title: 'is given its answer by its key',
    work: (sql) => idempotency(sql).keepAnswer(workspaceId, 'key 25000', new Date().toISOString(), 200, {}),
    // Made at one instant, so either key finds it.
    meant: [{ indexes: ['idempotency_keys_pkey'], orIndexes: [['idempotency_keys_age']], mostBuffers: 20 }],
  },
]);
