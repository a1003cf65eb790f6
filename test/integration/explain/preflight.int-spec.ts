import type { Audience } from '../../../src/campaigns/audience/audience.js';
import type { AudienceScope } from '../../../src/campaigns/audience/audience-source.js';
import { PreflightRepository } from '../../../src/campaigns/preflight/preflight.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';
import { onePass } from '../../support/one-pass.js';

const { workspaceId, campaignId, channelId, otherChannelId } = MILLION;

const ALL: Audience = { kind: 'all' };
const RARE: Audience = { kind: 'tags', tags: ['piloto'], anyTags: [], notTags: [] };
const FILE: Audience = { kind: 'file', fileName: 'spec.csv', rows: 100_000, rejected: 200, columns: [] };

function scope(audience: Audience): AudienceScope {
  const variables = [
    { key: 'name', name: 'nombre', fallback: null, field: 'name' as const, attributes: [] },
    { key: 'saldo', name: 'saldo', fallback: null, field: null, attributes: ['saldo'] },
  ];
  return { workspaceId, campaignId, audience, category: 'marketing', variables };
}

const preflights = (sql: Sql) => new PreflightRepository(sql, millionSuppressions);
const groups =
  (audience: Audience, closing: readonly string[] = []) =>
  (sql: Sql) =>
    preflights(sql).groups(scope(audience), closing);

describePlans('the preflight of an audience among three hundred thousand contacts', [
  {
    title: 'reads the contacts once with several workers, and counts them without sorting them',
    work: groups(ALL),
    plannings: ALWAYS_CUSTOM,
    meant: [{ ...onePass(), isParallel: true }],
  },
  {
    title: 'reads the conversations once besides where windows decide',
    work: groups(ALL, [channelId, otherChannelId]),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        ...onePass(),
        orIndexes: ['conversations_newest', 'conversations_phone'].reduce(
          (ways, index) => [...ways, ...onePass(index).orIndexes],
          onePass().orIndexes,
        ),
        wholeTables: ['contacts', 'conversations', 'suppressions'],
        mostBuffers: 40_000,
        isParallel: true,
      },
    ],
  },
  {
    title: 'finds a rare tag by the index of tags',
    work: groups(RARE),
    meant: [
      {
        indexes: ['contacts_tags', 'suppressions_pkey'],
        mostBuffers: 2000,
        mostBuffersUnanalysed: 4000,
      },
    ],
  },
  {
    title: 'reads an uploaded file, the contacts and the suppressions once',
    work: groups(FILE),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        ...onePass(),
        orIndexes: [...onePass().orIndexes, ...onePass('campaign_recipients_pkey').orIndexes],
        wholeTables: ['campaign_recipients', 'contacts', 'suppressions'],
        mostBuffers: 40_000,
        isParallel: true,
      },
    ],
  },
  {
    title: 'looks each person of a sample up',
    work: (sql) => preflights(sql).sample(scope(ALL), '100000', [{ channelId, weight: 1 }], []),
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 20 }],
  },
  {
    title: 'reads the newest two hundred of five thousand campaigns along their index',
    work: (sql) => preflights(sql).usedLately(workspaceId, [channelId, otherChannelId]),
    meant: [{ indexes: ['campaigns_list'], mostBuffers: 300, mostBuffersUnanalysed: 500 }],
  },
]);
