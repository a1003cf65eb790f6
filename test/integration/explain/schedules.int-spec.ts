import { CampaignRepository } from '../../../src/campaigns/campaign.repository.js';
import { ScheduleRepository } from '../../../src/campaigns/schedule/schedule.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { describePlans } from '../../support/explained-sql.js';
import { MILLION } from '../../support/million-rows.js';

const { workspaceId } = MILLION;
const PARENT = MILLION.recurringCampaignId;
const schedules = (sql: Sql) => new ScheduleRepository(sql);

/** Twenty that are due. */
const due = (sql: Sql) =>
  sql.query(
    `UPDATE campaigns SET status = 'scheduled', due_at = now() - interval '1 minute' WHERE dispatch_id <= 20`,
  );

describePlans('schedules among five thousand campaigns', [
  {
    title: 'claims what is due by the index of scheduled ones',
    before: due,
    work: (sql) => schedules(sql).claim(new Date(), 12, 60_000),
    meant: [
      {
        indexes: ['campaigns_due', 'campaigns_pkey', 'schedules_pkey'],
        // Of rules there are few, and here none.
        orIndexes: [['campaigns_due', 'campaigns_pkey']],
        wholeTables: ['schedules'],
        mostBuffers: 400,
      },
    ],
  },
  {
    title: 'finds out in a look that nothing is due',
    work: (sql) => schedules(sql).claim(new Date(), 12, 60_000),
    meant: [{ indexes: ['campaigns_due', 'campaigns_pkey'], wholeTables: ['schedules'], mostBuffers: 20 }],
  },
  {
    title: 'counts occurrences that have not ended by their index',
    work: (sql) => schedules(sql).openOccurrences(sql, PARENT),
    meant: [{ indexes: ['campaigns_occurrences_open'], mostBuffers: 20 }],
  },
  {
    title: 'finds the occurrence before one by the same index',
    work: (sql) => schedules(sql).openBefore(PARENT, new Date()),
    meant: [{ indexes: ['campaigns_occurrences_open'], mostBuffers: 20 }],
  },
  {
    title: 'finds an occurrence by its moment',
    work: (sql) => schedules(sql).isMade(sql, PARENT, new Date('2026-01-01')),
    meant: [{ indexes: ['campaigns_occurrence'], mostBuffers: 20 }],
  },
  {
    title: 'lists the occurrences of one along an index',
    work: (sql) => new CampaignRepository(sql).list(workspaceId, { parentId: PARENT }, null, 51),
    meant: [
      {
        indexes: ['campaigns_occurrences_list', 'dispatch_gates_pkey'],
        orIndexes: [['campaigns_list', 'dispatch_gates_pkey']],
        mostBuffers: 600,
      },
    ],
  },
]);
