import { WindowRepository } from '../../../src/campaigns/windows/window.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { describePlans } from '../../support/explained-sql.js';
import { MILLION } from '../../support/million-rows.js';

const { windowedDispatchId, windowedCampaignId, channelId, workerId } = MILLION;
const windows = (sql: Sql) => new WindowRepository(sql);
const opensAt = new Date(Date.now() + 3_600_000);
const closesAt = new Date(Date.now() + 7_200_000);
const OPENINGS = ['Europe/Madrid', 'America/Mexico_City'].map((zone) => ({
  dispatchId: windowedDispatchId,
  zone,
  opensAt,
  closesAt,
}));

const withoutOverdue = (sql: Sql) =>
  sql.query(`UPDATE batches SET closes_at = now() + interval '1 day' WHERE dispatch_id = $1`, [
    windowedDispatchId,
  ]);

describePlans('windows among a million messages', [
  {
    title: 'finds the zones whose hours are over by the index of batches with an end',
    work: (sql) => windows(sql).overdue(),
    meant: [
      {
        indexes: ['batches_closing', 'campaigns_pkey', 'dispatches_pkey'],
        orIndexes: [['batches_closing', 'campaigns_pkey', 'dispatches_pkey', 'workspaces_pkey']],
        wholeTables: ['workspaces'],
        mostBuffers: 60,
        mostBuffersUnanalysed: 400,
      },
    ],
  },
  {
    title: 'looks for them for a few pages while there are none',
    before: withoutOverdue,
    work: (sql) => windows(sql).overdue(),
    meant: [
      {
        indexes: ['batches_closing', 'campaigns_pkey', 'dispatches_pkey'],
        orIndexes: [['batches_closing', 'campaigns_pkey', 'dispatches_pkey', 'workspaces_pkey']],
        wholeTables: ['workspaces'],
        mostBuffers: 40,
        mostBuffersUnanalysed: 200,
      },
    ],
  },
  {
    title: 'moves two hundred batches on by the same index and their keys',
    work: (sql) => windows(sql).roll(OPENINGS),
    meant: [{ indexes: ['batches_closing', 'batches_pkey'], mostBuffers: 5000, mostRows: 2000 }],
  },
  {
    title: 'tells six hundred batches of other hours along the key of their dispatch',
    work: (sql) => windows(sql).place(sql, windowedDispatchId, OPENINGS, 'all'),
    meant: [{ indexes: ['batches_pkey'], mostBuffers: 12_000, mostRows: 3000 }],
  },
  {
    title: 'finds the zones of batches that were just written by the index of those that are ready',
    work: (sql) => windows(sql).zonesOf(sql, windowedDispatchId, 'new'),
    meant: [{ indexes: ['batches_ready'], orIndexes: [['batches_pkey']], mostBuffers: 200 }],
  },
  {
    title: 'adds up what is left by zone along the key of its dispatch',
    work: (sql) => windows(sql).leftByZone(windowedDispatchId),
    meant: [{ indexes: ['batches_pkey'], mostBuffers: 200 }],
  },
  {
    title: 'takes no batch of six hundred that are shut, and reads the index of those that are ready for it',
    before: async (sql) => {
      await sql.query('UPDATE dispatch_gates SET open = true WHERE dispatch_id = $1', [windowedDispatchId]);
    },
    work: (sql) => new BatchRepository(sql).lease(windowedDispatchId, channelId, workerId, 20_000),
    meant: [
      { indexes: ['batches_ready', 'batches_pkey', 'dispatch_gates_pkey'], mostBuffers: 600, mostRows: 700 },
    ],
  },
  {
    title: 'reads what a campaign’s hours are made of by its key',
    work: (sql) => windows(sql).runOf(sql, windowedCampaignId),
    meant: [
      {
        indexes: ['campaigns_pkey'],
        orIndexes: [['campaigns_pkey', 'workspaces_pkey']],
        wholeTables: ['workspaces'],
        mostBuffers: 12,
      },
    ],
  },
]);
