import type { MessageSource } from '../../ledger/message-writer.repository.js';
import { recipientHash } from '../../ledger/suppression.repository.js';
import { suppressionsThatStop } from '../../ledger/suppression.js';
import { SHUT } from '../shut-select.js';
import { SqlParameters } from '../sql-parameters.js';
import { suppressionJoins } from './suppression-joins.js';
import { inAudience, ticketRejectOf, valuesOf, type AudienceScope } from './audience-source.js';
import { windowLook } from './window-look.js';

/**
 * One row: how many would get the message, how many more were their window open, how many of the first lack each variable,
 * and the last key of the audience. `closing`: the channels to one of which they must have written; none: nobody must.
 * Who opted out is counted out, yet belongs to the audience: preparation takes them along, as skipped.
 *
 * In two layers, as a preflight, so that each number is hashed once.
 */
export function surveySource(
  scope: AudienceScope,
  closing: readonly string[],
  pepper: Buffer,
): MessageSource {
  const p = new SqlParameters();
  const workspace = p.add(scope.workspaceId);
  const isFile = scope.audience.kind === 'file';
  const campaign = isFile ? p.add(scope.campaignId) : '';
  const [contact, from, position, last] = isFile
    ? [
        'c',
        `(SELECT recipient, name, variables FROM campaign_recipients
          WHERE campaign_id = ${campaign} AND reject IS NULL) AS part
         LEFT JOIN contacts c ON c.workspace_id = ${workspace} AND c.recipient = part.recipient`,
        '0',
        // Rejected rows are recipients too, skipped with a reason: those behind the last good one must not be lost.
        `(SELECT max(row_number) FROM campaign_recipients WHERE campaign_id = ${campaign})`,
      ]
    : ['part', `contacts part`, 'part.id', 'max(one.position)'];
  const where = isFile ? 'true' : inAudience(scope, 'part', p);
  const isThere = suppressionsThatStop(scope.category).includes('all')
    ? `${contact}.opted_out_at IS NULL`
    : 'true';
  const lacks = scope.variables.map((_, index) => `v.v${index} IS NULL AS m${index}`);
  const { joins, isSuppressed } = suppressionJoins(scope.category, workspace, 'one.hash', p);
  const mayGet = `one.may_get AND NOT ${isSuppressed}`;
  const lacking = scope.variables.map(
    (_, index) => `(count(*) FILTER (WHERE ${mayGet} AND one.is_open AND one.m${index}))::int`,
  );
  const window = windowLook(scope, workspace, closing, p);
  const columns = [
    `${position} AS position`,
    `${recipientHash('part.recipient', p.add(pepper))} AS hash`,
    `${isThere} AND ${ticketRejectOf(scope)} IS NULL AS may_get`,
    `${window.isOpen} AS is_open`,
    ...lacks,
  ];
  return {
    text: `
      SELECT (count(*) FILTER (WHERE ${mayGet} AND one.is_open))::int AS recipients, coalesce(${last}, 0)::text AS last,
             (count(*) FILTER (WHERE ${mayGet} AND NOT one.is_open))::int AS "windowClosed",
             ARRAY[${lacking.join(', ')}]::int[] AS lacking
      FROM (
        SELECT ${columns.join(', ')}
        FROM ${from}
        CROSS JOIN LATERAL (SELECT ${valuesOf(scope, contact, p)}) AS v
        ${window.join}
        WHERE ${where}
        ${SHUT}
      ) AS one
      ${joins}`,
    values: p.values,
  };
}
