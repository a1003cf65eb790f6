import type { MessageSource } from '../../ledger/message-writer.repository.js';
import type { MessageCategory } from '../../ledger/suppression.js';
import type { Audience } from './audience.js';
import { filterConditions, tagConditions, type AudienceFilter } from './audience-filter.js';
import type { ChannelShare } from '../channel-share.js';
import { recipientChannel } from './recipient-channel.js';
import { SqlParameters } from '../sql-parameters.js';
import {
  EVENT_ATTRIBUTE,
  TICKET_FILE_KEY,
  TICKET_URL_KEY,
  ticketFile,
  ticketReject,
} from '../bulk/ticket-rules.js';
import { variantOf } from '../variants/variant-choice.js';
import { recipientZone } from '../windows/recipient-zone.js';
import type { VariableSource } from './variable-sources.js';

/** What the rows of a campaign are made of. */
export interface AudienceScope {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly audience: Audience;
  readonly category: MessageCategory;
  readonly variables: readonly VariableSource[];
  /** Of an audience of conditions, what they mean. */
  readonly filter?: AudienceFilter | null;
  /** Its rows are sorted by their recipients' time zones. */
  readonly hasZones?: boolean;
  /** Of its variants, where it has some. */
  readonly weights?: readonly number[] | null;
}

/** A stretch of the audience: after the last key that was taken, up to the last one that existed at start. */
export interface AudienceChunk {
  readonly after: string;
  readonly until: string;
  readonly limit: number;
}

const WHITE_SPACE = "E' \\t\\r\\n'";

/**
 * One chunk of an audience as the ledger wants it. Set-based: variables, channels and what is missing are all decided
 * in SQL, so preparing costs this process the same for ten recipients and for a million. `windowed`: the channels that
 * reach only people who wrote to them within 24 hours.
 */
export function messageSource(
  scope: AudienceScope,
  chunk: AudienceChunk,
  shares: readonly ChannelShare[],
  windowed: readonly string[],
): MessageSource {
  const p = new SqlParameters();
  const { recipient, contact, reject, from } = chunkOf(scope, chunk, p);
  const required = scope.variables.flatMap((variable, index) => (variable.fallback === null ? [index] : []));
  const isMissing = required.map((index) => `v.v${index} IS NULL`).join(' OR ');
  const missing = isMissing === '' ? '' : `, CASE WHEN ${isMissing} THEN 'missing_variable' END`;
  const pairs = scope.variables.map((variable, index) => `${p.add(variable.key)}::text, v.v${index}`);
  const { workspaceId } = scope;
  const { joins, channel, isSticky, window } = recipientChannel(
    { workspaceId, contact, recipient },
    shares,
    windowed,
    p,
  );
  const ofWindow = window === null ? '' : `, ${window.isClosed} AS is_closed, ${window.isBound} AS is_bound`;
  const { campaignId, weights = null } = scope;
  const variant = weights === null ? '' : `, ${variantOf(recipient, { campaignId, weights }, p)} AS variant`;
  const zone =
    scope.hasZones === true ? `, ${recipientZone(`${contact}.time_zone`, recipient, p)} AS zone` : '';
  const variables =
    pairs.length === 0 ? `'{}'::jsonb` : `jsonb_strip_nulls(jsonb_build_object(${pairs.join(', ')}))`;
  return {
    text: `
      SELECT part.position, ${contact}.id AS contact_id, ${recipient} AS recipient,
             ${channel} AS channel_id, ${isSticky} AS is_sticky, ${variables} AS variables,
             coalesce(${reject}, ${ticketRejectOf(scope)}${missing}) AS reject${ofWindow}${variant}${zone}
      FROM ${from}
      ${joins}
      CROSS JOIN LATERAL (SELECT ${valuesOf(scope, contact, p)}) AS v`,
    values: p.values,
    hasSticky: true,
    hasWindow: window !== null,
    hasZone: zone !== '',
    hasVariant: weights !== null,
    // The upload marked every later row of a number; contacts may trade theirs between two chunks.
    isUnique: scope.audience.kind === 'file',
  };
}

interface ChunkParts {
  readonly from: string;
  /** Alias of the contact. */
  readonly contact: string;
  readonly recipient: string;
  readonly reject: string;
}

/**
 * The keys of the chunk are chosen before anything is joined to them. Of an uploaded row, the contact with the same
 * number is looked up one by one (LATERAL with LIMIT): a join may be planned as a hash of all contacts for each chunk.
 */
function chunkOf(scope: AudienceScope, chunk: AudienceChunk, p: SqlParameters): ChunkParts {
  const bounds = (key: string): string =>
    `${key} > ${p.add(chunk.after)}::bigint AND ${key} <= ${p.add(chunk.until)}::bigint`;
  if (scope.audience.kind === 'file') {
    return {
      from: `(
        SELECT r.row_number AS position, r.recipient, r.name, r.variables, r.reject FROM campaign_recipients r
        WHERE r.campaign_id = ${p.add(scope.campaignId)} AND ${bounds('r.row_number')}
        ORDER BY r.row_number LIMIT ${p.add(chunk.limit)}
      ) AS part
      LEFT JOIN LATERAL (
        SELECT k.id, k.name, k.attributes, k.channel_id, k.time_zone FROM contacts k
        WHERE k.workspace_id = ${p.add(scope.workspaceId)} AND k.recipient = part.recipient LIMIT 1
      ) AS c ON true`,
      contact: 'c',
      recipient: 'part.recipient',
      reject: 'part.reject',
    };
  }
  return {
    from: `(
      SELECT c.id AS position, c.id, c.recipient, c.name, c.attributes, c.channel_id, c.time_zone FROM contacts c
      WHERE ${inAudience(scope, 'c', p)} AND ${bounds('c.id')}
      ORDER BY c.id LIMIT ${p.add(chunk.limit)}
    ) AS part`,
    contact: 'part',
    recipient: 'part.recipient',
    reject: 'NULL::text',
  };
}

export function inAudience(scope: AudienceScope, alias: string, p: SqlParameters): string {
  const { audience } = scope;
  const conditions = [`${alias}.workspace_id = ${p.add(scope.workspaceId)}`];
  if (audience.kind === 'contacts') conditions.push(`${alias}.id = ANY(${p.add(audience.ids)}::bigint[])`);
  if (audience.kind === 'event') {
    // Both: the first is what the partial index of events asks for.
    const attribute = `'${EVENT_ATTRIBUTE}'`;
    conditions.push(`${alias}.attributes ? ${attribute}`);
    conditions.push(`${alias}.attributes ->> ${attribute} = ${p.add(audience.eventId)}::text`);
  }
  if (audience.kind === 'tags') conditions.push(...tagConditions(audience, alias, p));
  if (audience.kind === 'conditions') {
    if (!scope.filter) throw new Error('an audience of conditions was read before it was resolved');
    conditions.push(...filterConditions(scope.filter, scope.workspaceId, alias, p));
  }
  return conditions.join(' AND ');
}

/** Over the variables of the scope, as v: why a contact of an event gets no ticket, or null, as everywhere else. */
export function ticketRejectOf(scope: AudienceScope): string {
  const index = scope.variables.findIndex((variable) => variable.key === TICKET_URL_KEY);
  return scope.audience.kind === 'event' && index !== -1 ? ticketReject(`v.v${index}`) : 'NULL::text';
}

/** Each variable as v0, v1, …: the first place that is not empty, else null. */
export function valuesOf(scope: AudienceScope, contact: string, p: SqlParameters): string {
  const isFile = scope.audience.kind === 'file';
  const columns = scope.variables.map((variable, index) => {
    const places: string[] = [];
    if (variable.field === 'phone') places.push('part.recipient');
    if (isFile && variable.field === 'name') places.push('part.name');
    if (isFile) places.push(`part.variables ->> ${p.add(variable.key)}::text`);
    if (variable.field === 'name') places.push(`${contact}.name`);
    for (const attribute of variable.attributes) {
      places.push(`${contact}.attributes ->> ${p.add(attribute)}::text`);
    }
    if (scope.audience.kind === 'event' && variable.key === TICKET_FILE_KEY) {
      places.push(ticketFile(`${contact}.attributes ->> 'ticket_url'`));
    }
    const filled = places.map((place) => `nullif(btrim(${place}, ${WHITE_SPACE}), '')`);
    return `${filled.length === 0 ? 'NULL::text' : `coalesce(${filled.join(', ')})`} AS v${index}`;
  });
  return columns.length === 0 ? '1 AS nothing' : columns.join(', ');
}
