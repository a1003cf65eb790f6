import { UnreadRepository } from '../../../src/campaigns/follow-up/unread.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { CancelRepository } from '../../../src/ledger/cancel.repository.js';
import { DispatchChannels } from '../../../src/ledger/dispatch-channels.repository.js';
import { describePlans } from '../../support/explained-sql.js';
import { MILLION } from '../../support/million-rows.js';

const { channelId, otherChannelId, dispatchId, waitingDispatchId, workspaceId, campaignId } = MILLION;
const PAUSE = { by: 'spec', at: '2026-11-22T00:00:00.000Z' };

const pause = (sql: Sql): Promise<void> => new DispatchChannels(sql).pause(sql, dispatchId, channelId, PAUSE);
/** Entries of what other tests parked and rolled back stay in the index until a vacuum. */
const DEAD_PAGES = 1500;
const OF_ONE = ['batches_leased', 'batches_ready'];

describePlans('orders about channels among a million messages', [
  {
    title: 'parks a thousand batches by the indexes of ready and leased ones',
    work: pause,
    meant: [
      { indexes: ['dispatches_pkey'], mostBuffers: 60 },
      { indexes: OF_ONE, mostBuffers: 30_000, mostRows: 8000 },
    ],
  },
  {
    title: 'lets them go on by the index of what is parked',
    before: pause,
    work: (sql) => new DispatchChannels(sql).resume(sql, dispatchId, channelId),
    meant: [
      { indexes: ['dispatches_pkey'], mostBuffers: 60 },
      { indexes: ['batches_leased', 'batches_parked'], mostBuffers: 30_000, mostRows: 8000 },
    ],
  },
  {
    title: 'finds nothing to let go on behind a stop, without reading a batch',
    work: (sql) => new CancelRepository(sql).unpark(waitingDispatchId),
    meant: [{ indexes: ['batches_parked'], mostBuffers: DEAD_PAGES, mostRows: 5 }],
  },
  {
    title: 'looks for parked batches by their index',
    work: (sql) => new DispatchChannels(sql).hasParked(dispatchId),
    meant: [{ indexes: ['batches_parked'], mostBuffers: DEAD_PAGES, mostRows: 5 }],
  },
  {
    title: 'gives away what a channel has by the indexes of what is not done',
    work: (sql) =>
      new DispatchChannels(sql).change(sql, dispatchId, { all: [otherChannelId], removed: [channelId] }, [
        { channelId: otherChannelId, weight: 1 },
      ]),
    meant: [
      { indexes: ['dispatches_pkey'], mostBuffers: 60 },
      {
        indexes: ['batches_leased', 'batches_parked', 'batches_pkey', 'batches_ready', 'dispatches_pkey'],
        mostBuffers: 40_000,
        mostRows: 20_000,
      },
    ],
  },
  {
    title: 'counts what is bound to a channel by the same indexes',
    work: (sql) => new DispatchChannels(sql).bound(sql, dispatchId, [channelId]),
    meant: [{ indexes: ['batches_leased', 'batches_parked', 'batches_ready'], mostBuffers: 3000 }],
  },
  {
    title: 'counts what is in flight over a channel in the ranges of leased batches',
    work: (sql) => new DispatchChannels(sql).inFlight(dispatchId, channelId),
    meant: [{ indexes: ['batches_leased', 'messages_pkey'], mostBuffers: 1500 }],
  },
  {
    title: 'copies who did not read a message by one walk along the key of the campaign’s own messages',
    work: (sql) =>
      new UnreadRepository().copy(
        sql,
        campaignId,
        { workspaceId, dispatchId, states: ['sent', 'delivered'], before: new Date() },
        { after: 0, stretch: 5000, written: 1_000_000 },
      ),
    meant: [
      {
        indexes: ['conversations_phone', 'dispatches_pkey', 'messages_pkey'],
        mostBuffers: 30_000,
        mostRows: 20_000,
      },
    ],
  },
]);
