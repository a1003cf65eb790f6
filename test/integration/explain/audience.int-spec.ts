import type { Audience } from '../../../src/campaigns/audience/audience.js';
import { messageSource, type AudienceScope } from '../../../src/campaigns/audience/audience-source.js';
import { AudienceRepository } from '../../../src/campaigns/audience/audience.repository.js';
import { RecipientRepository } from '../../../src/campaigns/audience/recipient.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { MessageWriter } from '../../../src/ledger/message-writer.repository.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';
import { onePass } from '../../support/one-pass.js';

const { workspaceId, otherWorkspaceId, campaignId, channelId, otherChannelId } = MILLION;

const ALL: Audience = { kind: 'all' };
const RARE: Audience = { kind: 'tags', tags: ['piloto'], anyTags: [], notTags: [] };
const USUAL: Audience = { kind: 'tags', tags: ['cliente'], anyTags: [], notTags: ['norte'] };
const BY_HAND: Audience = {
  kind: 'contacts',
  ids: Array.from({ length: 10_000 }, (_, n) => String(1 + n * 29)),
};
const FILE: Audience = { kind: 'file', fileName: 'spec.csv', rows: 100_000, rejected: 200, columns: [] };

function scope(audience: Audience, of: string = workspaceId): AudienceScope {
  const variables = [
    { key: 'name', name: 'nombre', fallback: null, field: 'name' as const, attributes: [] },
    { key: 'saldo', name: 'saldo', fallback: null, field: null, attributes: ['saldo'] },
  ];
  return { workspaceId: of, campaignId, audience, category: 'marketing', variables };
}

/** A large part of the contacts is read in their order, all of them once, and the suppressions once. */
const ONE_PASS = onePass();

const survey =
  (audience: Audience, of?: string, closing: readonly string[] = []) =>
  (sql: Sql) =>
    new AudienceRepository(sql, millionSuppressions).survey(scope(audience, of), closing);

const WINDOWED = [channelId, otherChannelId];

/** A chunk of 20,000 as preparation writes it. */
const append =
  (
    audience: Audience,
    to: string = MILLION.emptyDispatchId,
    after = '100000',
    rowState: 'pending' | 'cancelled' = 'pending',
    windowed: readonly string[] = [],
  ) =>
  (sql: Sql) => {
    const shares = [
      { channelId, weight: 1 },
      { channelId: otherChannelId, weight: 2 },
    ];
    const source = messageSource(
      scope(audience),
      { after, until: '300000', limit: 20_000 },
      shares,
      windowed,
    );
    return new MessageWriter(millionSuppressions).append(
      sql,
      { id: to, workspaceId, category: 'marketing' },
      source,
      500,
      rowState,
    );
  };

describePlans('surveying an audience among three hundred thousand contacts', [
  {
    title: 'reads the contacts once for an audience of everybody',
    work: survey(ALL),
    meant: [ONE_PASS],
  },
  {
    title: 'reads the contacts once at most for everybody of a small workspace',
    work: survey(ALL, otherWorkspaceId),
    meant: [ONE_PASS],
  },
  {
    title: 'finds a rare tag by the index of tags',
    work: survey(RARE),
    meant: [
      { indexes: ['contacts_tags', 'suppressions_pkey'], mostBuffers: 600, mostBuffersUnanalysed: 4000 },
    ],
  },
  {
    title: 'reads the contacts once for a usual tag',
    work: survey(USUAL),
    plannings: ALWAYS_CUSTOM,
    meant: [ONE_PASS],
  },
  {
    title: 'reads the contacts once at most for ten thousand that were named one by one',
    work: survey(BY_HAND),
    // Who of so few is suppressed may be looked up as well.
    meant: [{ ...ONE_PASS, mostBuffers: 90_000 }],
  },
  {
    title: 'names ids that nobody has by the keys of the others',
    work: (sql) =>
      new AudienceRepository(sql, millionSuppressions).unknownContacts(workspaceId, [...BY_HAND.ids], 20),
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 1000 }],
  },
  {
    title: 'reads the conversations once besides where windows decide',
    work: survey(ALL, undefined, WINDOWED),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        ...ONE_PASS,
        orIndexes: [
          ...ONE_PASS.orIndexes,
          ...onePass('conversations_newest').orIndexes,
          ...onePass('conversations_phone').orIndexes,
        ],
        wholeTables: [...ONE_PASS.wholeTables, 'conversations'],
        mostBuffers: 30_000,
      },
    ],
  },
  {
    title: 'reads an uploaded file, the contacts and the suppressions once',
    work: survey(FILE),
    meant: [
      {
        // The last row number is looked up.
        ...onePass('campaign_recipients_pkey'),
        wholeTables: ['campaign_recipients', 'contacts', 'suppressions'],
      },
    ],
  },
]);

describePlans('preparing a chunk of an audience among three hundred thousand contacts', [
  {
    title: 'walks twenty thousand contacts along their key',
    work: append(ALL),
    meant: [
      {
        indexes: ['contacts_pkey', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'],
        mostBuffers: 500_000,
      },
    ],
  },
  {
    title: 'walks them the same way behind a stop',
    work: append(ALL, MILLION.emptyDispatchId, '100000', 'cancelled'),
    meant: [
      {
        indexes: ['contacts_pkey', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'],
        mostBuffers: 500_000,
      },
    ],
  },
  {
    title: 'looks each of them up by the number in conversations where windows decide',
    work: append(ALL, MILLION.emptyDispatchId, '100000', 'pending', WINDOWED),
    meant: [
      {
        indexes: [
          'contacts_pkey',
          'conversations_phone',
          'dispatches_pkey',
          'messages_recipient',
          'suppressions_pkey',
        ],
        mostBuffers: 600_000,
      },
    ],
  },
  {
    title: 'finds the few of a rare tag',
    work: append(RARE, MILLION.emptyDispatchId, '0'),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        indexes: ['contacts_tags', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'],
        mostBuffers: 30_000,
      },
    ],
  },
  {
    title: 'walks twenty thousand contacts of a usual tag along their key',
    work: append(USUAL),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        indexes: ['contacts_pkey', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'],
        mostBuffers: 500_000,
      },
    ],
  },
  {
    title: 'finds ten thousand contacts that were named one by one by their keys',
    work: append(BY_HAND, MILLION.emptyDispatchId, '0'),
    meant: [
      {
        indexes: ['contacts_pkey', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'],
        mostBuffers: 500_000,
      },
    ],
  },
  {
    title: 'walks twenty thousand rows of a file along their key, and looks each number up',
    work: append(FILE, MILLION.emptyDispatchId, '40000'),
    meant: [
      {
        indexes: [
          'campaign_recipients_pkey',
          'contacts_recipient',
          'dispatches_pkey',
          'messages_recipient',
          'suppressions_pkey',
        ],
        mostBuffers: 600_000,
      },
    ],
  },
  {
    title: 'looks the numbers of a file up in conversations where windows decide',
    work: append(FILE, MILLION.emptyDispatchId, '40000', 'pending', [channelId]),
    meant: [
      {
        indexes: [
          'campaign_recipients_pkey',
          'contacts_recipient',
          'conversations_phone',
          'dispatches_pkey',
          'messages_recipient',
          'suppressions_pkey',
        ],
        mostBuffers: 700_000,
      },
    ],
  },
  {
    title: 'finds by their numbers which of twenty thousand a dispatch of 800,000 has already',
    work: append(ALL, MILLION.dispatchId),
    meant: [
      {
        indexes: ['contacts_pkey', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'],
        mostBuffers: 600_000,
      },
    ],
  },
  {
    title: 'finds by their numbers which of twenty thousand a dispatch has that no statistics know yet',
    work: append(ALL, MILLION.freshDispatchId),
    meant: [
      {
        indexes: ['contacts_pkey', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'],
        mostBuffers: 600_000,
      },
    ],
  },
  {
    title: 'marks the repeated numbers of a file in one pass over its rows',
    work: (sql) => new RecipientRepository().markDuplicates(sql, campaignId),
    meant: [
      {
        indexes: ['campaign_recipients_pkey'],
        wholeTables: ['campaign_recipients'],
        mostBuffers: 5000,
        maySpill: true,
      },
    ],
  },
]);
