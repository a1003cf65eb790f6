import type { MessageSource } from '../../ledger/message-writer.repository.js';
import { openWindows } from '../../ledger/open-windows.js';
import { recipientHash } from '../../ledger/suppression.repository.js';
import { suppressionsThatStop } from '../../ledger/suppression.js';
import { inAudience, ticketRejectOf, valuesOf, type AudienceScope } from '../audience/audience-source.js';
import { PREFIX_LENGTH } from './preflight-country.js';
import { SqlParameters } from '../sql-parameters.js';

/** Keys of a group that are kept as samples: the least ones of each remainder. */
const REMAINDERS = [0, 1, 2];

/**
 * Everybody of an audience once, in groups: by how their numbers begin, what becomes of them, and which variables they
 * lack. Read in three layers, each closed by OFFSET 0. That keeps parallel workers out; a million contacts take one core
 * some two seconds, an uploaded list of a million, whose contacts are looked up in a hash, some three:
 * - the people, with the hash of each number, so that it is made once though it is looked up by category;
 * - their suppressions, by the whole key: one for each at most, so that Postgres may hash them for all or look up a few;
 * - the key of the group as one text. Of a column by itself Postgres knows that every number is another, expects a group
 *   for each and sorts them all; of a text that it knows nothing about it expects 200 and counts them in memory.
 */
export function preflightSource(
  scope: AudienceScope,
  closing: readonly string[],
  pepper: Buffer,
): MessageSource {
  const p = new SqlParameters();
  const isFile = scope.audience.kind === 'file';
  const workspace = p.add(scope.workspaceId);
  const categories = suppressionsThatStop(scope.category);
  const { contact, key, from, reject } = peopleOf(scope, workspace, p);
  const isOptedOut = categories.includes('all') ? `${contact}.opted_out_at IS NOT NULL` : 'false';
  const talk = closing.length === 0 ? null : windowOf(workspace, closing, p);
  const lacks = scope.variables.map((_, index) => `m${index}`);
  const lacking = lacks.map((name, index) => `v.v${index} IS NULL AS ${name}`);
  const suppressions = categories.map(
    (category, index) => `LEFT JOIN suppressions x${index} ON x${index}.workspace_id = ${workspace}
          AND x${index}.recipient_hash = one.hash AND x${index}.category = ${p.add(category)}`,
  );
  const isSuppressed = categories.map((_, index) => `x${index}.recipient_hash IS NOT NULL`).join(' OR ');
  const least = REMAINDERS.map(
    (rest) => `min(position) FILTER (WHERE position % ${REMAINDERS.length} = ${rest})`,
  );
  const keys = ['kind', ...lacks].join(', ');
  return {
    text: `
      SELECT ${keys}, count(*)::int AS people, ARRAY[${least.join(', ')}]::text[] AS positions
      FROM (
        SELECT ${['one.position', ...lacks].join(', ')},
               CASE WHEN one.reject IS NOT NULL THEN one.reject
                    WHEN one.is_opted_out OR ${isSuppressed} THEN 'suppressed'
                    ${talk === null ? '' : `WHEN NOT one.is_open THEN 'window_closed'`}
                    ELSE 'recipient ' || left(one.recipient, ${PREFIX_LENGTH}) END AS kind
        FROM (
          SELECT ${[`part.${key} AS position`, 'part.recipient', ...lacking].join(', ')},
                 ${recipientHash('part.recipient', p.add(pepper))} AS hash, ${isOptedOut} AS is_opted_out,
                 coalesce(${reject}, CASE WHEN ${ticketRejectOf(scope)} IS NOT NULL THEN 'no_ticket' END) AS reject
                 ${talk === null ? '' : ', talk.is_open'}
          FROM ${from}
          CROSS JOIN LATERAL (SELECT ${valuesOf(scope, contact, p)}) AS v
          ${talk ?? ''}
          WHERE ${isFile ? 'true' : inAudience(scope, 'part', p)}
          OFFSET 0
        ) AS one
        ${suppressions.join('\n        ')}
        OFFSET 0
      ) AS person
      GROUP BY ${keys}`,
    values: p.values,
  };
}

interface PeopleParts {
  /** Alias of the contact. */
  readonly contact: string;
  /** Column of `part` that they are walked by. */
  readonly key: string;
  readonly from: string;
  readonly reject: string;
}

function peopleOf(scope: AudienceScope, workspace: string, p: SqlParameters): PeopleParts {
  if (scope.audience.kind !== 'file') {
    return { contact: 'part', key: 'id', from: 'contacts part', reject: 'NULL::text' };
  }
  return {
    contact: 'c',
    key: 'row_number',
    from: `(SELECT row_number, recipient, name, variables, reject FROM campaign_recipients
          WHERE campaign_id = ${p.add(scope.campaignId)}) AS part
          LEFT JOIN contacts c ON c.workspace_id = ${workspace} AND c.recipient = part.recipient`,
    reject: 'part.reject',
  };
}

function windowOf(workspace: string, closing: readonly string[], p: SqlParameters): string {
  const channels = `${p.add(closing)}::uuid[]`;
  const open = openWindows({ workspace, recipient: 'part.recipient', channels });
  return `CROSS JOIN LATERAL (SELECT cardinality(${open}) > 0 AS is_open OFFSET 0) AS talk`;
}
