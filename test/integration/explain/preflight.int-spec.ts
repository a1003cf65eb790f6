import type { Audience } from '../../../src/campaigns/audience/audience.js';
import type { AudienceScope } from '../../../src/campaigns/audience/audience-source.js';
import { PreflightRepository } from '../../../src/campaigns/preflight/preflight.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';

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
const groups = (audience: Audience) => (sql: Sql) => preflights(sql).groups(scope(audience), []);

/** How the suppressions of a workspace are read whole is as cheap one way as another. */
const withSuppressions = (...indexes: string[]): string[][] => [
  indexes,
  [...indexes, 'suppressions_newest'],
  [...indexes, 'suppressions_pkey'],
];

describePlans('the preflight of an audience among three hundred thousand contacts', [
  {
    title: 'reads the contacts once, and counts them without sorting them',
    work: groups(ALL),
    meant: [
      {
        indexes: [],
        orIndexes: [...withSuppressions(), ...withSuppressions('contacts_pkey')],
        wholeTables: ['contacts', 'suppressions'],
        mostBuffers: 25_000,
        mostBuffersUnanalysed: 1_500_000,
        maySpill: true,
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
    meant: [
      {
        indexes: [],
        orIndexes: [...withSuppressions(), ...withSuppressions('campaign_recipients_pkey')],
        wholeTables: ['campaign_recipients', 'contacts', 'suppressions'],
        mostBuffers: 40_000,
        mostBuffersUnanalysed: 1_500_000,
        maySpill: true,
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
