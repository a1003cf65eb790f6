import { Injectable } from '@nestjs/common';
import type { ChannelPacing } from '../channels/channel.js';
import type { MessageContent } from '../channels/providers/message-content.js';
import { Sql, type Queryable } from '../database/sql.js';
import type { FrequencyCap } from '../ledger/frequency-cap.js';
import type { MessageCategory } from '../ledger/suppression.js';
import type { Audience } from './audience/audience.js';
import type { Campaign, CampaignPlan } from './campaign.js';
import type { Canary } from './governance/canary.js';
import type { FailureLimit } from './governance/failure-limit.js';
import type { CampaignStatus, HoldCode } from './campaign-state.js';
import { recurrenceOf, type RecurrenceRow } from './schedule/recurrence-row.js';
import type { SendWindow } from './windows/send-window.js';
import type { Variant, WinnerRule } from './variants/variant.js';

interface CampaignRow {
  id: string;
  workspace_id: string;
  name: string;
  status: CampaignStatus;
  content: MessageContent | null;
  variants: Variant[] | null;
  winner_rule: WinnerRule | null;
  audience: Audience;
  channel_ids: string[];
  category: MessageCategory;
  rate_per_second: number | null;
  pacing: ChannelPacing | null;
  weight: number;
  send_window: SendWindow | null;
  is_zoned: boolean;
  canary: Canary | null;
  hold_on_failures: FailureLimit | null;
  frequency_cap: FrequencyCap | null;
  stage_settled_at: Date | null;
  settled_stage: number | null;
  dispatch_id: string | null;
  expected: number | null;
  is_prepared: boolean;
  resends: number;
  status_at: Date;
  status_by: string;
  status_reason: string | null;
  hold_code: HoldCode | null;
  due_at: Date | null;
  recurrence: RecurrenceRow | null;
  parent_id: string | null;
  occurrence_at: Date | null;
  created_at: Date;
  updated_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

export interface CampaignFilter {
  readonly status?: CampaignStatus;
  /** Part of the name, in any case. */
  readonly search?: string;
  /** Occurrences of a campaign that recurs. */
  readonly parentId?: string;
}

/** Where a page of the list ends: instant with microseconds, and id. */
type CampaignCursor = readonly [createdAt: string, id: string];

const COLUMNS = `id, workspace_id, name, status, content, variants, winner_rule, audience, channel_ids, category, rate_per_second, pacing,
  weight, dispatch_id, expected,
  is_prepared, resends, status_at, status_by, status_reason, created_at, updated_at, started_at, finished_at,
  send_window, is_zoned, hold_code, due_at, parent_id, occurrence_at, canary, hold_on_failures, frequency_cap, stage_settled_at,
  CASE WHEN stage_settled_at IS NOT NULL
    THEN (SELECT g.stage FROM dispatch_gates g WHERE g.dispatch_id = campaigns.dispatch_id) END AS settled_stage,
  CASE WHEN due_at IS NOT NULL
    THEN (SELECT to_jsonb(s) FROM schedules s WHERE s.campaign_id = campaigns.id) END AS recurrence`;

@Injectable()
export class CampaignRepository {
  constructor(private readonly sql: Sql) {}

  async insert(db: Queryable, workspaceId: string, plan: CampaignPlan, createdBy: string): Promise<Campaign> {
    const [row] = await db.query<CampaignRow>(
      `INSERT INTO campaigns
         (workspace_id, name, content, audience, channel_ids, category, rate_per_second, status_by, pacing,
          weight, variants, winner_rule, send_window, canary, hold_on_failures, frequency_cap)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING ${COLUMNS}`,
      [
        workspaceId,
        plan.name,
        JSON.stringify(plan.content),
        JSON.stringify(plan.audience),
        plan.channelIds,
        plan.category,
        plan.ratePerSecond ?? null,
        createdBy,
        jsonText(plan.pacing),
        plan.weight ?? 1,
        jsonText(plan.variants),
        jsonText(plan.winner),
        jsonText(plan.window),
        jsonText(plan.canary),
        jsonText(plan.holdOnFailures),
        jsonText(plan.frequencyCap),
      ],
    );
    return campaignOf(row!);
  }

  async find(workspaceId: string, id: string, db: Queryable = this.sql): Promise<Campaign | null> {
    const [row] = await db.query<CampaignRow>(
      { name: 'campaign-find', text: `SELECT ${COLUMNS} FROM campaigns WHERE workspace_id = $1 AND id = $2` },
      [workspaceId, id],
    );
    return row === undefined ? null : campaignOf(row);
  }

  /** Those that have begun and may still send on this channel; reads the partial index of campaigns in motion. */
  async runningOn(workspaceId: string, channelId: string, limit: number): Promise<Campaign[]> {
    const rows = await this.sql.query<CampaignRow>(
      `SELECT ${COLUMNS} FROM campaigns
       WHERE status IN ('preparing', 'sending', 'pausing') AND workspace_id = $1 AND $2 = ANY(channel_ids)
       ORDER BY started_at, id LIMIT $3`,
      [workspaceId, channelId, limit],
    );
    return rows.map(campaignOf);
  }

  /** The same, locked for the rest of the transaction: every change of status is made under this lock. */
  async lock(tx: Queryable, workspaceId: string, id: string): Promise<Campaign | null> {
    const [row] = await tx.query<CampaignRow>(
      {
        name: 'campaign-lock',
        text: `SELECT ${COLUMNS} FROM campaigns WHERE workspace_id = $1 AND id = $2 FOR UPDATE`,
      },
      [workspaceId, id],
    );
    return row === undefined ? null : campaignOf(row);
  }

  /**
   * Newest first, by the index on (workspace, created_at, id); a search filters along it. Occurrences have an index of
   * their own, and a text of their own, so that no plan has to do for both.
   */
  async list(
    workspaceId: string,
    filter: CampaignFilter,
    after: CampaignCursor | null,
    limit: number,
  ): Promise<{ campaign: Campaign; cursor: CampaignCursor }[]> {
    const { status, parentId } = filter;
    const rows = await this.sql.query<CampaignRow & { created_key: string }>(
      `SELECT ${COLUMNS}, created_at::text AS created_key FROM campaigns
       WHERE workspace_id = $1
         AND ($2::text IS NULL OR strpos(lower(name), lower($2)) > 0)
         AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::uuid))
         ${status === undefined ? '' : 'AND status = $6'}
         ${parentId === undefined ? '' : `AND parent_id = $${status === undefined ? 6 : 7}`}
       ORDER BY created_at DESC, id DESC LIMIT $5`,
      [
        workspaceId,
        filter.search ?? null,
        after?.[0] ?? null,
        after?.[1] ?? null,
        limit,
        ...[status, parentId].filter((value) => value !== undefined),
      ],
    );
    return rows.map((row) => ({ campaign: campaignOf(row), cursor: [row.created_key, row.id] as const }));
  }

  async updatePlan(tx: Queryable, id: string, plan: CampaignPlan): Promise<Campaign> {
    const [row] = await tx.query<CampaignRow>(
      `UPDATE campaigns
       SET name = $2, content = $3, audience = $4, channel_ids = $5, category = $6, rate_per_second = $7,
           pacing = $8, weight = $9, variants = $10, winner_rule = $11, send_window = $12,
           canary = $13, hold_on_failures = $14, frequency_cap = $15, updated_at = now()
       WHERE id = $1 RETURNING ${COLUMNS}`,
      [
        id,
        plan.name,
        JSON.stringify(plan.content),
        JSON.stringify(plan.audience),
        plan.channelIds,
        plan.category,
        plan.ratePerSecond ?? null,
        jsonText(plan.pacing),
        plan.weight ?? 1,
        jsonText(plan.variants),
        jsonText(plan.winner),
        jsonText(plan.window),
        jsonText(plan.canary),
        jsonText(plan.holdOnFailures),
        jsonText(plan.frequencyCap),
      ],
    );
    return campaignOf(row!);
  }

  /** Shows the weight of its run, as adoptRate does the rate. */
  async adoptWeight(id: string): Promise<void> {
    await this.sql.query(
      `UPDATE campaigns c SET weight = d.weight, updated_at = now()
       FROM dispatches d WHERE c.id = $1 AND d.id = c.dispatch_id`,
      [id],
    );
  }

  /** Shows the rate of its run, which is the one that counts: so two changes at once end up the same in both. */
  async adoptRate(id: string): Promise<void> {
    await this.sql.query(
      `UPDATE campaigns c SET rate_per_second = d.rate_per_second, updated_at = now()
       FROM dispatches d WHERE c.id = $1 AND d.id = c.dispatch_id`,
      [id],
    );
  }

  /** With what its conditions meant when it was started; in the transaction of the start. */
  async keepAudience(tx: Queryable, id: string, audience: Audience): Promise<void> {
    await tx.query('UPDATE campaigns SET audience = $2 WHERE id = $1', [id, JSON.stringify(audience)]);
  }

  /** Of one that runs; those of its run are changed with them. */
  async setChannels(tx: Queryable, id: string, channelIds: readonly string[]): Promise<void> {
    await tx.query('UPDATE campaigns SET channel_ids = $2, updated_at = now() WHERE id = $1', [
      id,
      channelIds,
    ]);
  }

  /** Its messages stay in the ledger until they are old enough to go: what was sent was sent. */
  async delete(tx: Queryable, id: string): Promise<void> {
    await tx.query('DELETE FROM campaign_pulses WHERE campaign_id = $1', [id]);
    await tx.query('DELETE FROM campaigns WHERE id = $1', [id]);
  }
}

function jsonText(value: object | null | undefined): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

function campaignOf(row: CampaignRow): Campaign {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    status: row.status,
    content: row.content,
    variants: row.variants,
    winner: row.winner_rule,
    audience: row.audience,
    channelIds: row.channel_ids,
    category: row.category,
    ratePerSecond: row.rate_per_second,
    pacing: row.pacing,
    weight: row.weight,
    window: row.send_window,
    isZoned: row.is_zoned,
    canary: row.canary,
    holdOnFailures: row.hold_on_failures,
    frequencyCap: row.frequency_cap,
    settledStage:
      row.stage_settled_at === null || row.settled_stage === null
        ? null
        : { stage: row.settled_stage, at: row.stage_settled_at },
    dispatchId: row.dispatch_id,
    expected: row.expected,
    isPrepared: row.is_prepared,
    resends: row.resends,
    statusAt: row.status_at,
    statusBy: row.status_by,
    statusReason: row.status_reason,
    holdCode: row.hold_code,
    dueAt: row.due_at,
    recurrence: recurrenceOf(row.recurrence),
    parentId: row.parent_id,
    occurrenceAt: row.occurrence_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}
