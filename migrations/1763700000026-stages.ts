import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Dispatches that go stage by stage, and those that stop themselves when too much of them fails. */
export class Stages1763700000026 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- A batch is leased once the gate of its dispatch has reached its stage.
      ALTER TABLE batches ADD COLUMN stage smallint NOT NULL DEFAULT 0;
      ALTER TABLE dispatch_gates ADD COLUMN stage smallint NOT NULL DEFAULT 0;
      ALTER TABLE dispatches
        -- After how many rows that are to be sent each stage but the last ends, rising; null: it has one.
        ADD COLUMN stage_ends integer[],
        -- Of a dispatch with several: how many such rows were written.
        ADD COLUMN staged integer NOT NULL DEFAULT 0;

      ALTER TABLE campaigns
        ADD COLUMN canary jsonb,
        ADD COLUMN hold_on_failures jsonb,
        -- The stage that its gate let through is settled since then, and what comes next is not decided.
        ADD COLUMN stage_settled_at timestamptz;

      -- What dispatches that stop themselves came to lately; a row is locked by each settle of its dispatch.
      CREATE TABLE failure_watches (
        dispatch_id bigint PRIMARY KEY REFERENCES dispatches (id) ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        -- So many failures may be among so many outcomes that follow each other.
        most_failures integer NOT NULL CHECK (most_failures >= 0),
        outcomes integer NOT NULL CHECK (outcomes > most_failures),
        -- Outcomes that were settled, and of the last of them that failed, the numbers: most_failures of them.
        seen bigint NOT NULL DEFAULT 0,
        failures bigint[] NOT NULL DEFAULT '{}',
        -- Of the failures in the counters, those that were looked at.
        counted integer NOT NULL DEFAULT 0,
        -- One failure more than may be: the gate was closed in that transaction.
        crossed_at timestamptz
      ) WITH (fillfactor = 30);
      CREATE INDEX failure_watches_crossed ON failure_watches (dispatch_id) WHERE crossed_at IS NOT NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE failure_watches;
      ALTER TABLE campaigns DROP COLUMN canary, DROP COLUMN hold_on_failures, DROP COLUMN stage_settled_at;
      ALTER TABLE dispatches DROP COLUMN stage_ends, DROP COLUMN staged;
      ALTER TABLE dispatch_gates DROP COLUMN stage;
      ALTER TABLE batches DROP COLUMN stage;
    `);
  }
}
