import { Injectable } from '@nestjs/common';
import { ReportSql } from '../../database/pools.js';
import type { FrequencyCap } from '../../ledger/frequency-cap.js';
import { SuppressionRepository } from '../../ledger/suppression.repository.js';
import { messageSource, type AudienceScope } from '../audience/audience-source.js';
import type { ChannelShare } from '../channel-share.js';
import type { Outcome, PreflightGroup } from './preflight-count.js';
import { preflightSource } from './preflight-source.js';

export interface PreparedSample {
  readonly recipient: string;
  readonly channelId: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Which of its contents, where there are several. */
  readonly variant: number;
}

/** Whether a number is new is read off so many campaigns, however many there were. */
const RECENT_CAMPAIGNS = 200;

@Injectable()
export class PreflightRepository {
  constructor(
    private readonly sql: ReportSql,
    private readonly suppressions: SuppressionRepository,
  ) {}

  /** One pass over the audience, beside one over the suppressions of the workspace; see preflightSource. */
  async groups(
    scope: AudienceScope,
    closing: readonly string[],
    cap: FrequencyCap | null = null,
  ): Promise<PreflightGroup[]> {
    const { text, values } = preflightSource(scope, closing, this.suppressions.pepper, cap);
    const rows = await this.sql.query<
      { kind: string; people: number; positions: (string | null)[] } & Record<`m${number}`, boolean>
    >(text, values);
    return rows.map((row) => {
      const [outcome, prefix = ''] = row.kind.split(' ');
      return {
        prefix,
        outcome: outcome as Outcome,
        lacks: scope.variables.map((_, index) => row[`m${index}`] === true),
        people: row.people,
        positions: row.positions.filter((position) => position !== null),
      };
    });
  }

  /** The person at a key as preparation would make a message of them; one look-up of each thing. */
  async sample(
    scope: AudienceScope,
    position: string,
    shares: readonly ChannelShare[],
    windowed: readonly string[],
  ): Promise<PreparedSample | null> {
    const chunk = { after: String(BigInt(position) - 1n), until: position, limit: 1 };
    const { text, values } = messageSource(scope, chunk, shares, windowed);
    const [row] = await this.sql.query<{
      recipient: string;
      channel_id: string;
      variables: Record<string, string>;
      variant?: number;
    }>(text, values);
    if (row === undefined) return null;
    const { recipient, variables, variant = 0 } = row;
    return { recipient, channelId: row.channel_id, variables, variant };
  }

  /** Of these channels, those that one of the newest campaigns was started on; walks the index of the list that far. */
  async usedLately(workspaceId: string, channelIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.sql.query<{ id: string }>(
      `SELECT DISTINCT used.id FROM (
         SELECT channel_ids, started_at FROM campaigns
         WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC LIMIT ${RECENT_CAMPAIGNS}
       ) AS recent, unnest(recent.channel_ids) AS used (id)
       WHERE recent.started_at IS NOT NULL AND used.id = ANY($2::uuid[])`,
      [workspaceId, channelIds],
    );
    return new Set(rows.map(({ id }) => id));
  }
}
