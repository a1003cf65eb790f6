import { Injectable } from '@nestjs/common';
import { ReportSql } from '../../database/pools.js';
import { recipientHash, SuppressionRepository } from '../../ledger/suppression.repository.js';
import { suppressionsThatStop } from '../../ledger/suppression.js';
import type { MessageSource } from '../../ledger/message-writer.repository.js';
import { SHUT } from '../shut-select.js';
import { SqlParameters } from '../sql-parameters.js';
import { suppressionJoins } from './suppression-joins.js';
import { inAudience, type AudienceScope } from './audience-source.js';

const SAMPLES = 5;

export interface AudienceCount {
  readonly contacts: number;
  /** Those of them who may not get messages of the category. */
  readonly optedOut: number;
  readonly asOf: Date;
  /** Some of the others. */
  readonly sample: readonly { readonly id: string; readonly phone: string; readonly name: string | null }[];
}

@Injectable()
export class AudienceCountRepository {
  constructor(
    private readonly sql: ReportSql,
    private readonly suppressions: SuppressionRepository,
  ) {}

  /** One pass over the contacts of the workspace at most, ended by the time that a report may take. */
  async count(scope: AudienceScope): Promise<AudienceCount> {
    const { text, values } = countSource(scope, this.suppressions.pepper);
    const [row] = await this.sql.query<AudienceCount>(text, values);
    return row!;
  }
}

/**
 * One row from one pass. As in a preflight each layer is closed, so that every number is hashed once; and the samples are the
 * least keys of each remainder, for which nothing has to be sorted.
 */
function countSource(scope: AudienceScope, pepper: Buffer): MessageSource {
  const p = new SqlParameters();
  const workspace = p.add(scope.workspaceId);
  const isOptedOut = suppressionsThatStop(scope.category).includes('all')
    ? 'part.opted_out_at IS NOT NULL'
    : 'false';
  const { joins, isSuppressed } = suppressionJoins(scope.category, workspace, 'one.hash', p);
  const keys = Array.from(
    { length: SAMPLES },
    (_, rest) => `min(position) FILTER (WHERE NOT is_out AND position % ${SAMPLES} = ${rest})`,
  );
  return {
    text: `
      SELECT counted.contacts, counted."optedOut", now() AS "asOf", ARRAY(
        SELECT jsonb_build_object('id', s.id::text, 'phone', s.recipient, 'name', s.name) FROM contacts s
        WHERE s.workspace_id = ${workspace} AND s.id = ANY(counted.keys) ORDER BY s.id
      ) AS sample
      FROM (
        SELECT count(*)::int AS contacts, (count(*) FILTER (WHERE is_out))::int AS "optedOut",
               ARRAY[${keys.join(', ')}] AS keys
        FROM (
          SELECT one.position, one.is_opted_out OR ${isSuppressed} AS is_out
          FROM (
            SELECT part.id AS position, ${recipientHash('part.recipient', p.add(pepper))} AS hash,
                   ${isOptedOut} AS is_opted_out
            FROM contacts part
            WHERE ${inAudience(scope, 'part', p)}
            ${SHUT}
          ) AS one
          ${joins}
          ${SHUT}
        ) AS person
      ) AS counted`,
    values: p.values,
  };
}
