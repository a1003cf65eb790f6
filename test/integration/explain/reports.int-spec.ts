import type { Sql } from '../../../src/database/sql.js';
import { ReportRepository } from '../../../src/campaigns/reports/report.repository.js';
import { ReportTrailRepository } from '../../../src/campaigns/reports/report-trail.repository.js';
import { describePlans } from '../../support/explained-sql.js';
import { MILLION } from '../../support/million-rows.js';

const { workspaceId, dispatchId, smallDispatchIds } = MILLION;
const reports = (sql: Sql) => new ReportRepository(sql);
const trails = (sql: Sql) => new ReportTrailRepository(sql);

describePlans('the report of a campaign of 800,000 among five thousand', [
  {
    title: 'reads ten thousand of its messages along the key, and no others',
    work: (sql) => reports(sql).parts(sql, dispatchId, 200_000, 210_000),
    meant: [{ indexes: ['messages_pkey'], mostBuffers: 700, mostRows: 70_000 }],
  },
  {
    title: 'reads those of a small campaign behind it along the key as well',
    work: (sql) => reports(sql).parts(sql, smallDispatchIds[3]!, 0, 10_000),
    meant: [{ indexes: ['messages_pkey'], mostBuffers: 700, mostRows: 70_000 }],
  },
  {
    title: 'finds what is said with its codes by their index',
    work: (sql) => reports(sql).reasonsOf(sql, [dispatchId, smallDispatchIds[0]!], ['131026', 'timeout']),
    // What the specs before it wrote and took back stands in the index still.
    meant: [{ indexes: ['attempts_code'], mostBuffers: 1000 }],
  },
  {
    title: 'finds the messages to one recipient by their keys',
    work: (sql) => trails(sql).messagesOf(workspaceId, [dispatchId, ...smallDispatchIds.slice(0, 2)], 4321),
    meant: [{ indexes: ['messages_pkey', 'messages_recipient'], mostBuffers: 40 }],
  },
  {
    title: 'finds the attempts of one recipient by their keys',
    work: (sql) =>
      trails(sql).attemptsOf([
        { dispatchId, seq: 5 },
        { dispatchId: smallDispatchIds[0]!, seq: 5 },
      ]),
    meant: [{ indexes: ['attempts_message'], mostBuffers: 20 }],
  },
]);
