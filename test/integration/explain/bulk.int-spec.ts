import type { BulkMessage } from '../../../src/campaigns/bulk/bulk.js';
import { bulkSource } from '../../../src/campaigns/bulk/bulk-source.js';
import { messageSource, type AudienceScope } from '../../../src/campaigns/audience/audience-source.js';
import { AudienceRepository } from '../../../src/campaigns/audience/audience.repository.js';
import { ticketContent } from '../../../src/campaigns/bulk/ticket-rules.js';
import { TicketSurveyRepository } from '../../../src/campaigns/bulk/ticket-survey.repository.js';
import { variableSources } from '../../../src/campaigns/audience/variable-sources.js';
import { variablesOf } from '../../../src/channels/render-content.js';
import type { Sql } from '../../../src/database/sql.js';
import { BulkAppendRepository } from '../../../src/ledger/bulk-append.repository.js';
import { MessageWriter } from '../../../src/ledger/message-writer.repository.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION, recipientOf } from '../../support/million-rows.js';

const { workspaceId, channelId, campaignId } = MILLION;

const MESSAGES: readonly BulkMessage[] = Array.from({ length: 10_000 }, (_, n) => ({
  recipient: recipientOf(1 + n * 29),
  content: { type: 'text', text: `Boleto ${n}` },
  variables: {},
}));

const appendBulk = (windowed: string | null) => (sql: Sql) =>
  new BulkAppendRepository(millionSuppressions).append(
    sql,
    { id: MILLION.emptyDispatchId, workspaceId, channelId, category: 'marketing' },
    bulkSource(workspaceId, MESSAGES, windowed),
    500,
  );

function eventScope(eventId: string): AudienceScope {
  const audience = { kind: 'event', eventId } as const;
  const variables = variableSources(
    variablesOf(ticketContent('Hola {{nombre}}')),
    ['event_id', 'ticket_url'],
    audience,
  );
  return { workspaceId, campaignId, audience, category: 'utility', variables };
}

const appendTickets = (eventId: string, after: string) => (sql: Sql) =>
  new MessageWriter(millionSuppressions).append(
    sql,
    { id: MILLION.emptyDispatchId, workspaceId, category: 'utility' },
    messageSource(
      eventScope(eventId),
      { after, until: '300000', limit: 20_000 },
      [{ channelId, weight: 1 }],
      [],
    ),
    500,
  );

describePlans('ten thousand messages of one request beside a million', [
  {
    title: 'are written by the keys of their contacts and suppressions',
    work: appendBulk(null),
    meant: [
      {
        indexes: ['contacts_recipient', 'dispatches_pkey', 'suppressions_pkey'],
        mostBuffers: 200_000,
        mostRows: 60_000,
      },
    ],
  },
  {
    title: 'are looked up by their number in conversations where windows decide',
    work: appendBulk(channelId),
    meant: [
      {
        indexes: ['contacts_recipient', 'conversations_phone', 'dispatches_pkey', 'suppressions_pkey'],
        mostBuffers: 250_000,
        mostRows: 80_000,
      },
    ],
  },
]);

/** As for any audience: those that opted out, and those that the dispatch has, are looked up one by one. */
const WRITTEN = ['contacts_event', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'];

describePlans('the tickets of an event among three hundred thousand contacts', [
  {
    title: 'are counted by the index of events when few come',
    work: (sql) => new TicketSurveyRepository(sql).of(eventScope('chico')),
    meant: [{ indexes: ['contacts_event'], mostBuffers: 500, mostBuffersUnanalysed: 4000 }],
  },
  {
    title: 'are counted in one pass at most when a hundred thousand come',
    work: (sql) => new TicketSurveyRepository(sql).of(eventScope('grande')),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: [], orIndexes: [['contacts_event']], wholeTables: ['contacts'], mostBuffers: 20_000 }],
  },
  {
    title: 'are surveyed by the index of events when few come',
    work: (sql) => new AudienceRepository(sql, millionSuppressions).survey(eventScope('chico')),
    meant: [
      { indexes: ['contacts_event', 'suppressions_pkey'], mostBuffers: 2500, mostBuffersUnanalysed: 4000 },
    ],
  },
  {
    title: 'are written by the index of events when few come',
    work: appendTickets('chico', '0'),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: WRITTEN, mostBuffers: 20_000 }],
  },
  {
    title: 'are written chunk by chunk from where the last one ended when a hundred thousand come',
    work: appendTickets('grande', '120000'),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        indexes: WRITTEN,
        orIndexes: [['contacts_pkey', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey']],
        mostBuffers: 500_000,
        mostRows: 200_000,
        // Twenty thousand rows with an address each.
        maySpill: true,
      },
    ],
  },
]);
