import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../../database/sql.js';
import type { Tested } from './winner-decision.js';

export interface ChosenWinner {
  /** Its place in the list. */
  readonly winner: number;
  readonly chosenAt: Date;
  readonly chosenBy: string;
  readonly reason: string;
  /** What the test came to at that moment. */
  readonly tested: readonly Tested[];
}

export interface WinnerChoice extends Omit<ChosenWinner, 'chosenAt'> {
  readonly dispatchId: string;
  readonly campaignId: string;
  readonly workspaceId: string;
}

/** A campaign of which a stage is settled, maybe its test, and that has a winner to choose. */
export interface WaitingTest {
  readonly campaignId: string;
  readonly workspaceId: string;
}

@Injectable()
export class WinnerRepository {
  constructor(private readonly sql: Sql) {}

  /** Few at any time; by the partial index of campaigns in motion. */
  async waiting(): Promise<WaitingTest[]> {
    return this.sql.query<WaitingTest>({
      name: 'winners-waiting',
      text: `
        SELECT c.id AS "campaignId", c.workspace_id AS "workspaceId" FROM campaigns c
        WHERE c.status = 'sending' AND c.winner_rule IS NOT NULL AND c.stage_settled_at IS NOT NULL`,
    });
  }

  /** Of the run of a campaign; null where none was chosen. */
  async chosen(campaignId: string, db: Queryable = this.sql): Promise<ChosenWinner | null> {
    const [row] = await db.query<ChosenWinner>(
      `SELECT winner, chosen_at AS "chosenAt", chosen_by AS "chosenBy", reason, tested
       FROM variant_winners WHERE campaign_id = $1`,
      [campaignId],
    );
    return row ?? null;
  }

  /**
   * The key of the row decides between two who choose at once; whoever comes second changes nothing. One row of
   * `dispatches` says it for every message that waits.
   */
  async choose(tx: Queryable, choice: WinnerChoice): Promise<boolean> {
    const { dispatchId, campaignId, workspaceId, winner, chosenBy, reason, tested } = choice;
    const rows = await tx.query(
      `WITH chosen AS (
         INSERT INTO variant_winners (dispatch_id, campaign_id, workspace_id, winner, chosen_by, reason, tested)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (dispatch_id) DO NOTHING
         RETURNING dispatch_id, winner
       )
       UPDATE dispatches d SET winner = chosen.winner FROM chosen WHERE d.id = chosen.dispatch_id
       RETURNING d.id`,
      [dispatchId, campaignId, workspaceId, winner, chosenBy, reason, JSON.stringify(tested)],
    );
    return rows.length > 0;
  }
}
