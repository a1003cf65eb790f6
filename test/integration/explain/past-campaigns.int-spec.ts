import { CampaignRepository } from '../../../src/campaigns/campaign.repository.js';
import { CampaignTickRepository } from '../../../src/campaigns/campaign-tick.repository.js';
import { GovernanceRepository } from '../../../src/campaigns/governance/governance.repository.js';
import { QualityWatchRepository } from '../../../src/campaigns/governance/quality-watch.repository.js';
import { WindowRepository } from '../../../src/campaigns/windows/window.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { BatchWaking } from '../../../src/ledger/batch-waking.repository.js';
import { FIRST_OF_DAYS } from '../../../src/ledger/contact-barrier.statements.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';

const { workspaceId, channelId, dispatchId } = MILLION;

const crossed = (sql: Sql) =>
  sql.query(
    `INSERT INTO failure_watches (dispatch_id, workspace_id, most_failures, outcomes, crossed_at)
     VALUES ($1, $2, 5, 50, now())`,
    [dispatchId, workspaceId],
  );

/** What ticks ask each second, and what people ask of campaigns that have not ended. */
describePlans('five thousand campaigns that have ended', [
  {
    title: 'are not read by whoever looks for those that pause',
    work: (sql) => new CampaignTickRepository(sql).inStatus('pausing'),
    meant: [{ indexes: ['campaigns_in_motion'], mostBuffers: 10 }],
  },
  {
    title: 'are not read by whoever looks for those with another stage before them',
    work: (sql) => new GovernanceRepository(sql, millionSuppressions).staged(),
    meant: [
      {
        indexes: ['campaigns_in_motion', 'dispatch_gates_pkey', 'dispatches_pkey'],
        orIndexes: [['campaigns_in_motion', 'dispatches_pkey']],
        mostBuffers: 50,
      },
    ],
  },
  {
    title: 'are not read by whoever looks for those of which too many messages failed',
    before: crossed,
    work: (sql) => new GovernanceRepository(sql, millionSuppressions).failing(),
    meant: [
      { indexes: ['campaigns_pkey', 'dispatches_pkey'], wholeTables: ['failure_watches'], mostBuffers: 20 },
    ],
  },
  {
    title: 'are not read by whoever looks for those on numbers that turned RED',
    work: (sql) => new QualityWatchRepository(sql).tainted(),
    meant: [
      {
        indexes: ['campaigns_in_motion', 'channels_pkey'],
        // Of channels there are tens.
        orIndexes: [['campaigns_in_motion']],
        wholeTables: ['channels'],
        mostBuffers: 50,
      },
    ],
  },
  {
    title: 'are not read by whoever wakes the batches of a channel',
    work: (sql) => new BatchWaking(sql as never).wake(channelId),
    meant: [
      {
        indexes: ['batches_pkey', 'batches_ready', 'dispatch_gates_pkey', 'dispatches_unfinished'],
        // Without statistics all ready batches are walked, with the dead entries that rolled-back specs left among them.
        mostBuffers: 16_000,
      },
    ],
  },
  {
    title: 'are not read by whoever looks for the first that may hold a message of some days',
    // All of them ended before this moment.
    work: (sql) => sql.query(FIRST_OF_DAYS, [0]),
    meant: [{ indexes: ['dispatches_unfinished', 'dispatches_with_rows'], mostBuffers: 20 }],
  },
  {
    title: 'are not read by whoever lists those that wait for their time',
    work: (sql) => new CampaignRepository(sql).list(workspaceId, { status: 'scheduled' }, null, 51),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['campaigns_by_status', 'dispatch_gates_pkey'], mostBuffers: 20 }],
  },
  {
    title: 'are not read by whoever lists those that are paused',
    work: (sql) => new CampaignRepository(sql).list(workspaceId, { status: 'paused' }, null, 51),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['campaigns_by_status', 'dispatch_gates_pkey'], mostBuffers: 20 }],
  },
  {
    title: 'are not read by whoever changes the hours that bind the others',
    work: (sql) => new WindowRepository(sql).bound(workspaceId),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['campaigns_by_status'], mostBuffers: 40 }],
  },
]);
