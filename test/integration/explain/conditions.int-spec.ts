import { AudienceCountRepository } from '../../../src/campaigns/audience/audience-count.repository.js';
import type { Selection } from '../../../src/campaigns/audience/audience-condition.js';
import { AudienceFactsRepository } from '../../../src/campaigns/audience/audience-facts.repository.js';
import { messageSource, type AudienceScope } from '../../../src/campaigns/audience/audience-source.js';
import { AudienceRepository } from '../../../src/campaigns/audience/audience.repository.js';
import { SavedAudienceRepository } from '../../../src/campaigns/audience/saved-audience.repository.js';
import { PreflightRepository } from '../../../src/campaigns/preflight/preflight.repository.js';
import { STRETCH_CONTACTS } from '../../../src/campaigns/preparation/chunk-progress.js';
import { PreparationRepository } from '../../../src/campaigns/preparation/preparation.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { MessageWriter } from '../../../src/ledger/message-writer.repository.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';
import { onePass } from '../../support/one-pass.js';

const { workspaceId, campaignId, channelId, dispatchId, smallDispatchIds } = MILLION;

const NOTHING: Selection = {
  tags: [],
  anyTags: [],
  notTags: [],
  attributes: [],
  seenWithinDays: null,
  notSeenSinceDays: null,
  excludeCampaigns: [],
};
/** One in three hundred. */
const RARE_CITY: Selection = { ...NOTHING, attributes: [{ key: 'ciudad', op: 'eq', value: 'ciudad 7' }] };
const RICH: Selection = { ...NOTHING, attributes: [{ key: 'saldo', op: 'gte', value: 1000 }] };
const SEEN: Selection = { ...NOTHING, seenWithinDays: 7 };

function scope(selection: Selection, excludedDispatches: readonly string[] = []): AudienceScope {
  return {
    workspaceId,
    campaignId,
    audience: { kind: 'conditions', selection, savedAudienceId: null },
    category: 'marketing',
    variables: [{ key: 'name', name: 'nombre', fallback: null, field: 'name', attributes: [] }],
    filter: {
      selections: [selection],
      at: new Date(),
      today: '2026-05-31',
      spellings: new Map([
        ['ciudad', ['ciudad']],
        ['saldo', ['saldo']],
      ]),
      excludedDispatches,
    },
  };
}

const REACHED = [dispatchId, ...smallDispatchIds];

/** The stretch of a hundred thousand contacts behind the first. */
const append = (of: AudienceScope) => (sql: Sql) =>
  new MessageWriter(millionSuppressions).append(
    sql,
    { id: MILLION.emptyDispatchId, workspaceId, category: 'marketing' },
    messageSource(of, { after: '0', until: '120000', limit: 20_000 }, [{ channelId, weight: 1 }], []),
    500,
  );

const WRITTEN = ['contacts_pkey', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'];
const survey = (of: AudienceScope) => (sql: Sql) =>
  new AudienceRepository(sql, millionSuppressions).survey(of);

describePlans('preparing a stretch of an audience of conditions', [
  {
    title:
      'walks a hundred thousand contacts along their key for the few whom a value of an attribute lets through',
    work: append(scope(RARE_CITY)),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: WRITTEN, mostBuffers: 30_000 }],
  },
  {
    title: 'walks no further than twenty thousand that match',
    work: append(scope(RICH)),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: WRITTEN, mostBuffers: 500_000 }],
  },
  {
    title: 'looks up by contact who wrote lately, and by number who was reached',
    work: append(scope(SEEN, REACHED)),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['conversations_of_contact', ...WRITTEN], mostBuffers: 1_500_000 }],
  },
  {
    title: 'finds the end of a stretch along the key of the contacts',
    work: (sql) =>
      new PreparationRepository(sql).stretchEnd(
        sql,
        workspaceId,
        { cursor: '50000', until: '300000' },
        STRETCH_CONTACTS,
      ),
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 6000, mostBuffersUnanalysed: 110_000 }],
  },
]);

describePlans('looking at an audience of conditions among three hundred thousand contacts', [
  {
    title: 'surveys it in one pass',
    work: survey(scope(RICH)),
    plannings: ALWAYS_CUSTOM,
    meant: [onePass()],
  },
  {
    title:
      'surveys who wrote lately and was not reached by twenty-one campaigns with a look at an index for each',
    work: survey(scope(SEEN, REACHED)),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        ...onePass('conversations_of_contact', 'messages_recipient'),
        mostBuffers: 2_000_000,
        mostBuffersUnanalysed: 3_000_000,
      },
    ],
  },
  {
    title: 'counts it in one pass, and looks five of them up',
    work: (sql) => new AudienceCountRepository(sql, millionSuppressions).count(scope(RICH)),
    plannings: ALWAYS_CUSTOM,
    meant: [onePass('contacts_pkey')],
  },
  {
    title: 'counts those of a rare tag by the index of tags',
    work: (sql) =>
      new AudienceCountRepository(sql, millionSuppressions).count(scope({ ...RICH, tags: ['piloto'] })),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        indexes: ['contacts_pkey', 'contacts_tags', 'suppressions_pkey'],
        mostBuffers: 1000,
        mostBuffersUnanalysed: 4000,
      },
    ],
  },
  {
    title: 'groups it for a preflight in one pass',
    work: (sql) => new PreflightRepository(sql, millionSuppressions).groups(scope(RICH), []),
    plannings: ALWAYS_CUSTOM,
    meant: [onePass()],
  },
  {
    title: 'finds the messages of the campaigns that are left out by the index on campaigns',
    work: (sql) => new AudienceFactsRepository(sql).dispatchesOf(workspaceId, [campaignId]),
    meant: [{ indexes: ['dispatches_campaign'], mostBuffers: 10, mostBuffersUnanalysed: 300 }],
  },
  {
    title: 'finds the campaigns that wait for a saved audience by their partial index',
    work: (sql) => new SavedAudienceRepository(sql).usedBy(workspaceId, campaignId),
    meant: [{ indexes: ['campaigns_saved_audience'], mostBuffers: 10, mostBuffersUnanalysed: 300 }],
  },
]);
