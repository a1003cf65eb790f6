import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../../database/sql.js';
import { REFUSED_FOR_ALL } from '../../ledger/gate.repository.js';
import type { FailureAllowance } from '../../ledger/failure-watch.repository.js';
import { suppressionsThatStop, type MessageCategory } from '../../ledger/suppression.js';
import { recipientHash, SuppressionRepository } from '../../ledger/suppression.repository.js';
import { statusesBefore } from '../campaign-state.js';
import type { CanaryFigures } from './canary.js';

/** A campaign that goes stage by stage. */
export interface StagedCampaign {
  readonly id: string;
  readonly workspaceId: string;
  readonly dispatchId: string;
  readonly isPrepared: boolean;
  readonly stageSettledAt: Date | null;
}

/** A campaign whose dispatch closed its gate by itself. */
export interface FailingCampaign extends FailureAllowance {
  readonly id: string;
  readonly workspaceId: string;
  readonly dispatchId: string;
}

/** A campaign whose gate was closed because its provider refuses its message for everybody. */
export interface RefusedCampaign {
  readonly id: string;
  readonly workspaceId: string;
  readonly dispatchId: string;
  /** So many, with which code and what that means. */
  readonly what: string;
}

/** Statuses in which it has begun and may still be held. */
const HOLDABLE = statusesBefore('hold')
  .filter((status) => status !== 'scheduled')
  .map((status) => `'${status}'`)
  .join(', ');

@Injectable()
export class GovernanceRepository {
  constructor(
    private readonly sql: Sql,
    private readonly suppressions: SuppressionRepository,
  ) {}

  /** Those that have another stage before them; by the partial index of campaigns in motion. */
  async staged(): Promise<StagedCampaign[]> {
    return this.sql.query<StagedCampaign>({
      name: 'campaigns-staged',
      text: `
        SELECT c.id, c.workspace_id AS "workspaceId", c.dispatch_id AS "dispatchId", c.is_prepared AS "isPrepared",
               c.stage_settled_at AS "stageSettledAt"
        FROM campaigns c
        JOIN dispatches d ON d.id = c.dispatch_id
        JOIN dispatch_gates g ON g.dispatch_id = d.id
        WHERE c.status = 'sending' AND g.stage < cardinality(d.stage_ends)`,
    });
  }

  /** Its stage has nothing left, as of now; whether that is news. */
  async noteSettled(id: string, dispatchId: string): Promise<boolean> {
    const rows = await this.sql.query(
      `UPDATE campaigns SET stage_settled_at = now()
       WHERE id = $1 AND dispatch_id = $2 AND status = 'sending' AND stage_settled_at IS NULL RETURNING 1`,
      [id, dispatchId],
    );
    return rows.length > 0;
  }

  /** The next stage begins; in the transaction that lets it. */
  async beginStage(tx: Queryable, id: string): Promise<void> {
    await tx.query('UPDATE campaigns SET stage_settled_at = NULL WHERE id = $1', [id]);
  }

  /**
   * Few: a row is there from the moment a limit was crossed until a person confirmed. Each is followed by its keys: joined
   * freely, a table that ANALYZE has not seen is taken to be large, and all dispatches that ever were are read with it.
   */
  async failing(): Promise<FailingCampaign[]> {
    return this.sql.query<FailingCampaign>({
      name: 'campaigns-failing',
      text: `
        SELECT c.id, c.workspace_id AS "workspaceId", w.dispatch_id AS "dispatchId",
               w.most_failures AS "mostFailures", w.outcomes
        FROM failure_watches w
        CROSS JOIN LATERAL (SELECT campaign_id FROM dispatches WHERE id = w.dispatch_id OFFSET 0) AS d
        CROSS JOIN LATERAL (
          SELECT id, workspace_id, status FROM campaigns WHERE id = d.campaign_id AND dispatch_id = w.dispatch_id OFFSET 0
        ) AS c
        WHERE w.crossed_at IS NOT NULL AND c.status IN (${HOLDABLE})`,
    });
  }

  /** By the partial index of campaigns in motion; a gate whose dispatch a person lets go on has its reason no more. */
  async refused(): Promise<RefusedCampaign[]> {
    return this.sql.query<RefusedCampaign>({
      name: 'campaigns-refused',
      text: `
        SELECT c.id, c.workspace_id AS "workspaceId", g.dispatch_id AS "dispatchId",
               substr(g.reason, ${REFUSED_FOR_ALL.length + 1}) AS what
        FROM campaigns c JOIN dispatch_gates g ON g.dispatch_id = c.dispatch_id
        WHERE c.status = 'sending' AND NOT g.open AND starts_with(g.reason, '${REFUSED_FOR_ALL}')`,
    });
  }

  async isRefused(db: Queryable, dispatchId: string): Promise<boolean> {
    const rows = await db.query(
      `SELECT 1 FROM dispatch_gates
       WHERE dispatch_id = $1 AND NOT open AND starts_with(reason, '${REFUSED_FOR_ALL}')`,
      [dispatchId],
    );
    return rows.length > 0;
  }

  /**
   * What came of all that was sent of a dispatch so far, from its counters; and how many of these people may not be
   * written to any more, since it was made. Each of them is looked up by its key: as long as the canary is, once.
   */
  async figures(dispatchId: string, category: MessageCategory): Promise<CanaryFigures> {
    const [row] = await this.sql.query<CanaryFigures>(FIGURES, [
      dispatchId,
      suppressionsThatStop(category),
      this.suppressions.pepper,
    ]);
    return row!;
  }
}

/** The rows of a batch and the opt-out of a row by sub-selects of their own: joins may be planned as scans of all. */
const FIGURES = {
  name: 'canary-figures',
  text: `
    SELECT counted.*, (
      SELECT count(*)::int FROM batches b
      CROSS JOIN LATERAL (
        SELECT m.recipient, m.workspace_id FROM messages m
        WHERE m.dispatch_id = b.dispatch_id AND m.seq BETWEEN b.first_seq AND b.last_seq
          AND m.state NOT IN ('pending', 'skipped', 'cancelled') OFFSET 0
      ) AS sent
      CROSS JOIN LATERAL (
        SELECT 1 FROM suppressions s
        WHERE s.workspace_id = sent.workspace_id AND s.recipient_hash = ${recipientHash('sent.recipient', '$3')}
          AND s.category = ANY($2::text[]) AND s.created_at >= (SELECT created_at FROM dispatches WHERE id = $1)
        LIMIT 1
      ) AS left_us
      WHERE b.dispatch_id = $1 AND b.stage = 0
    ) AS "optedOut"
    FROM (
      SELECT coalesce(sum(accepted + sent + delivered + read + failed + unknown + unconfirmed), 0)::int AS sent,
             coalesce(sum(failed), 0)::int AS failed, coalesce(sum(unknown + unconfirmed), 0)::int AS unknown
      FROM dispatch_counters WHERE dispatch_id = $1
    ) AS counted`,
};
