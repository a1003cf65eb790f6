import { CampaignRepository } from '../../../src/campaigns/campaign.repository.js';
import { StallRepository } from '../../../src/queue/stall.repository.js';
import { describePlans } from '../../support/explained-sql.js';
import { MILLION } from '../../support/million-rows.js';

const { workspaceId, channelId, dispatchId } = MILLION;

describePlans('the search for what should be sending, beside a million', [
  {
    title: 'reads the ready batches of unfinished dispatches and their counters',
    work: (sql) => new StallRepository(sql).readyWork(),
    meant: [
      {
        indexes: ['batches_leased', 'batches_ready', 'dispatch_counters_pkey', 'dispatches_unfinished'],
        orIndexes: [
          [
            'batches_leased',
            'batches_ready',
            'dispatch_counters_pkey',
            'dispatch_gates_pkey',
            'dispatches_unfinished',
          ],
        ],
        mostBuffers: 4000,
        mostBuffersUnanalysed: 8000,
      },
    ],
  },
  {
    title: 'looks at what it has written down by its key',
    work: (sql) => new StallRepository(sql).since(dispatchId),
    // Nothing is stalled, and then the table is one page at most.
    meant: [{ indexes: ['stalls_pkey'], orIndexes: [[]], wholeTables: ['stalls'], mostBuffers: 5 }],
  },
  {
    title: 'finds the campaigns that run on a channel among those in motion',
    work: (sql) => new CampaignRepository(sql).runningOn(workspaceId, channelId, 100),
    meant: [
      {
        indexes: ['campaigns_in_motion', 'dispatch_gates_pkey'],
        orIndexes: [['campaigns_by_status', 'dispatch_gates_pkey']],
        mostBuffers: 50,
      },
    ],
  },
]);
