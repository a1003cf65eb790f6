import type { ReportSql } from '../../../src/database/pools.js';
import type { Sql } from '../../../src/database/sql.js';
import { ContactConsentRepository } from '../../../src/contacts/contact-consent.repository.js';
import { ContactMarksRepository } from '../../../src/contacts/contact-marks.repository.js';
import { ConversationRepository } from '../../../src/router/conversations/conversation.repository.js';
import type { Conversation } from '../../../src/router/conversations/conversation.js';
import { ThreadRepository } from '../../../src/router/conversations/thread.repository.js';
import { AutoReplyRepository } from '../../../src/router/inbound/auto-reply.repository.js';
import { InboundRepository } from '../../../src/router/inbound/inbound.repository.js';
import type { InboundRow, StoredInbound } from '../../../src/router/inbound/inbound-row.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION, recipientOf } from '../../support/million-rows.js';

const { workspaceId, channelId } = MILLION;
/** Ids of contacts of the first workspace, who all wrote before. */
const contactOf = (n: number): number => n + Math.floor((n - 1) / 5);
const SOME = Array.from({ length: 200 }, (_, index) => 1 + index * 490);

/** Two hundred messages: most of people who wrote before, some of strangers, one in ten known already. */
const ARRIVED: InboundRow[] = SOME.map((n, index) => ({
  workspaceId,
  channelId,
  eventId: String(n),
  message: {
    providerId: index % 10 === 0 ? `wamid.in.${n}` : `wamid.new.${n}`,
    phone: index % 10 === 5 ? `+5511999${String(100_000 + n)}` : recipientOf(contactOf(n)),
    userId: null,
    alias: null,
    profileName: 'Persona',
    at: new Date(),
    body: { type: 'text', text: 'Hola' },
    replyTo: null,
    isForwarded: false,
  },
}));
const REPLIES = SOME.map((n) => ({
  to: { conversationId: String(n) } as StoredInbound,
  content: { type: 'text', text: 'Hola' } as const,
}));
const CHANGES = SOME.map((n) => ({ workspaceId, contactId: String(contactOf(n)), reason: 'spec' }));
const TALK = {
  id: '500',
  channelId,
  contactId: String(contactOf(500)),
  phone: recipientOf(contactOf(500)),
} as Conversation;

const conversations = (sql: Sql): ConversationRepository => new ConversationRepository(sql, sql as ReportSql);
const threads = (sql: Sql): ThreadRepository => new ThreadRepository(sql, sql as ReportSql);
const ANY = { isUnread: false };
/** Half of them are newer. */
const HALFWAY = { lastMessageAtMs: Date.now() - 29 * 86_400_000 + 1_250_000_000, id: '50000' };

describePlans('conversations of a million messages', [
  {
    title: 'stores two hundred messages, each by the keys of its contact, its conversation and its own',
    work: (sql) => new InboundRepository(millionSuppressions).store(sql, ARRIVED),
    meant: [
      {
        indexes: [
          'contacts_recipient',
          'inbound_messages_provider',
          'suppressions_pkey',
          'webhook_events_pkey',
        ],
        mostBuffers: 16_000,
        mostRows: 6000,
      },
    ],
  },
  {
    title: 'answers two hundred of them, each by its key and those of its contact',
    work: (sql) => new AutoReplyRepository().claim(sql, REPLIES),
    meant: [{ indexes: ['conversations_of_contact', 'conversations_pkey'], mostBuffers: 6000 }],
  },
  {
    title: 'opts two hundred contacts out by their keys',
    work: (sql) => new ContactConsentRepository().optOut(sql, CHANGES),
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 8000 }],
  },
  {
    title: 'marks two hundred contacts by their keys',
    work: (sql) =>
      new ContactMarksRepository().write(
        sql,
        CHANGES.map(({ contactId }) => ({
          workspaceId,
          contactId,
          addTags: ['vip'],
          removeTags: [],
          attributes: { origen: 'web' },
        })),
      ),
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 12_000 }],
  },
  {
    title: 'lists the newest along their index',
    work: (sql) => conversations(sql).list(workspaceId, ANY, null, 51),
    meant: [{ indexes: ['contacts_pkey', 'conversations_newest'], mostBuffers: 600 }],
    plannings: ALWAYS_CUSTOM,
  },
  {
    title: 'lists a page in the middle of them from its place on',
    work: (sql) => conversations(sql).list(workspaceId, ANY, HALFWAY, 51),
    meant: [
      {
        indexes: ['contacts_pkey', 'conversations_newest'],
        mostBuffers: 600,
        mostBuffersUnanalysed: 240_000,
      },
    ],
    plannings: ALWAYS_CUSTOM,
  },
  {
    title: 'lists those with something unread along the index that holds them alone',
    work: (sql) => conversations(sql).list(workspaceId, { isUnread: true }, null, 51),
    meant: [
      {
        indexes: ['contacts_pkey', 'conversations_unread'],
        mostBuffers: 600,
        mostBuffersUnanalysed: 12_000,
      },
    ],
    plannings: ALWAYS_CUSTOM,
  },
  {
    title: 'reads a thread along the index of what came in and that of what the person was sent',
    work: (sql) => threads(sql).page(workspaceId, TALK, null, 51),
    meant: [
      {
        indexes: ['dispatches_pkey', 'inbound_messages_thread', 'messages_recipient'],
        mostBuffers: 300,
      },
    ],
  },
]);
