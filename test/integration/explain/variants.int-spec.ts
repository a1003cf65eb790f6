import { VariantFiguresRepository } from '../../../src/campaigns/variants/variant-figures.repository.js';
import { WinnerRepository } from '../../../src/campaigns/variants/winner.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { MessageWriter } from '../../../src/ledger/message-writer.repository.js';
import { ResendWriter } from '../../../src/ledger/resend-writer.repository.js';
import { describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';

const { workspaceId, channelId, dispatchId, leasedBatch, workerId, smallDispatchIds } = MILLION;
const figures = new VariantFiguresRepository();

const LEASED = {
  dispatchId,
  batchNo: leasedBatch.no,
  workspaceId,
  channelId,
  firstSeq: leasedBatch.firstSeq,
  lastSeq: leasedBatch.lastSeq,
  fence: 1,
  workerId,
};

const chooseOne = (sql: Sql) => sql.query('UPDATE dispatches SET winner = 1 WHERE id = $1', [dispatchId]);

describePlans('the variants of a campaign of 800,000 among five thousand', [
  {
    title: 'are read with the messages of a batch, and their winner by one key',
    work: (sql) => new BatchRepository(sql).pending(LEASED, null, true),
    before: chooseOne,
    meant: [{ indexes: ['dispatches_pkey', 'messages_pkey'], mostBuffers: 80, mostRows: 600 }],
  },
  {
    title: 'are counted along the key, and who wrote back by the number of each that was sent',
    work: (sql) => figures.parts(sql, dispatchId, 200_000, 210_000),
    meant: [
      {
        indexes: [
          'contacts_pkey',
          'conversations_phone',
          'dispatches_pkey',
          'inbound_messages_thread',
          'messages_pkey',
        ],
        mostBuffers: 60_000,
        mostRows: 80_000,
      },
    ],
  },
  {
    title: 'are counted in a small campaign behind it for what its own rows cost',
    work: (sql) => figures.parts(sql, smallDispatchIds[3]!, 0, 10_000),
    meant: [
      {
        indexes: [
          'contacts_pkey',
          'conversations_phone',
          'dispatches_pkey',
          'inbound_messages_thread',
          'messages_pkey',
        ],
        mostBuffers: 60_000,
        mostRows: 80_000,
      },
    ],
  },
  {
    title: 'have a test that ends where its batches do',
    work: (sql) => figures.testUpTo(sql, dispatchId, 1),
    meant: [{ indexes: ['batches_pkey'], mostBuffers: 150, mostRows: 1700 }],
  },
  {
    title: 'have a winner that is looked for among the campaigns in motion alone',
    work: (sql) => new WinnerRepository(sql).waiting(),
    meant: [{ indexes: ['campaigns_in_motion'], mostBuffers: 10 }],
  },
  {
    title: 'are sent again as they were, each looked up by its key',
    work: (sql) =>
      new ResendWriter(new MessageWriter(millionSuppressions)).write(sql, {
        dispatch: { id: MILLION.emptyDispatchId, workspaceId, category: 'marketing' },
        order: { states: ['failed'], codes: null, unknownBefore: new Date() },
        earlier: [dispatchId],
        source: dispatchId,
        after: 100_000,
        limit: 2000,
        channelIds: [channelId],
        windowed: [],
        hasVariants: true,
        batchSize: 500,
      }),
    meant: [
      {
        indexes: ['attempts_message', 'messages_pkey', 'messages_recipient', 'unknowns_pkey'],
        mostBuffers: 60_000,
        mostRows: 60_000,
      },
      {
        indexes: ['dispatches_pkey', 'messages_pkey', 'suppressions_pkey'],
        mostBuffers: 60_000,
        mostRows: 20_000,
      },
    ],
  },
]);
