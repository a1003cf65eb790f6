import { isOverCap, recipientsOverCap } from '../../ledger/capped-recipients.js';
import type { FrequencyCap } from '../../ledger/frequency-cap.js';
import type { MessageSource } from '../../ledger/message-writer.repository.js';
import { recipientHash } from '../../ledger/suppression.repository.js';
import { suppressionsThatStop } from '../../ledger/suppression.js';
import { inAudience, ticketRejectOf, valuesOf, type AudienceScope } from '../audience/audience-source.js';
import { windowLook } from '../audience/window-look.js';
import { SHUT } from '../shut-select.js';
import { suppressionJoins } from '../audience/suppression-joins.js';
import { PREFIX_LENGTH } from './preflight-country.js';
import { SqlParameters } from '../sql-parameters.js';

/** Keys of a group that are kept as samples: the least ones of each remainder. */
const REMAINDERS = [0, 1, 2];

/**
 * Everybody of an audience once, in groups: by how their numbers begin, what becomes of them, and which variables they
 * lack. Read in three layers, each closed by SHUT; a million contacts take some two seconds of one core, an uploaded list
 * of a million, whose contacts are looked up in a hash, some three, and Postgres shares them among its parallel workers:
 * - the people, with the hash of each number, so that it is made once though it is looked up by category;
 * - their suppressions, by the whole key: one for each at most, so that Postgres may hash them for all or look up a few;
 * - the key of the group as one text. Of a column by itself Postgres knows that every number is another, expects a group
 *   for each and sorts them all; of a text that it knows nothing about it expects 200 and counts them in memory.
 */
export function preflightSource(
  scope: AudienceScope,
  closing: readonly string[],
  pepper: Buffer,
  cap: FrequencyCap | null = null,
): MessageSource {
  const p = new SqlParameters();
  const isFile = scope.audience.kind === 'file';
  const workspace = p.add(scope.workspaceId);
  const categories = suppressionsThatStop(scope.category);
  const { contact, key, from, reject } = peopleOf(scope, workspace, p);
  const isOptedOut = categories.includes('all') ? `${contact}.opted_out_at IS NOT NULL` : 'false';
  const talk = windowLook(scope, workspace, closing, p);
  const capped = cap === null ? null : cappedOf(scope, workspace, cap);
  const lacks = scope.variables.map((_, index) => `m${index}`);
  const lacking = lacks.map((name, index) => `v.v${index} IS NULL AS ${name}`);
  const { joins, isSuppressed } = suppressionJoins(scope.category, workspace, 'one.hash', p);
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
                    WHEN NOT one.is_open THEN 'window_closed'
                    ${capped === null ? '' : `WHEN ${capped.isOver} THEN 'over_cap'`}
                    ELSE 'recipient ' || left(one.recipient, ${PREFIX_LENGTH}) END AS kind
        FROM (
          SELECT ${[`part.${key} AS position`, 'part.recipient', ...lacking].join(', ')},
                 ${recipientHash('part.recipient', p.add(pepper))} AS hash, ${isOptedOut} AS is_opted_out,
                 coalesce(${reject}, CASE WHEN ${ticketRejectOf(scope)} IS NOT NULL THEN 'no_ticket' END) AS reject,
                 ${talk.isOpen} AS is_open
          FROM ${from}
          CROSS JOIN LATERAL (SELECT ${valuesOf(scope, contact, p)}) AS v
          ${talk.join}
          WHERE ${isFile ? 'true' : inAudience(scope, 'part', p)}
          ${SHUT}
        ) AS one
        ${joins}
        ${capped?.join ?? ''}
        ${SHUT}
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

interface CapParts {
  readonly join: string;
  readonly isOver: string;
}

/** As with windows: of a few, each is looked up; of many, all who are over the cap are put into a hash. */
function cappedOf({ audience }: AudienceScope, workspace: string, cap: FrequencyCap): CapParts {
  if (audience.kind === 'contacts' || audience.kind === 'event') {
    return { join: '', isOver: isOverCap({ workspace, recipient: 'one.recipient' }, cap) };
  }
  const join = `LEFT JOIN ${recipientsOverCap(workspace, cap)} AS capped ON capped.recipient = one.recipient`;
  return { join, isOver: 'capped.recipient IS NOT NULL' };
}
