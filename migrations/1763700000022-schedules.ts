import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Campaigns that start by themselves, once or again and again. */
export class Schedules1763700000022 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE campaigns
        -- The one that recurs and made this one, and the instant that it was made for.
        ADD COLUMN parent_id uuid REFERENCES campaigns (id) ON DELETE SET NULL,
        ADD COLUMN occurrence_at timestamptz,
        -- When it is to start; of one that recurs: when its next occurrence is.
        ADD COLUMN due_at timestamptz,
        -- Somebody is at it, or it need not be looked at before.
        ADD COLUMN schedule_lease_until timestamptz,
        -- Of the status held: what kind of hold it is.
        ADD COLUMN hold_code text;
      CREATE INDEX campaigns_due ON campaigns (due_at) WHERE status = 'scheduled';
      CREATE UNIQUE INDEX campaigns_occurrence ON campaigns (parent_id, occurrence_at) WHERE parent_id IS NOT NULL;
      CREATE INDEX campaigns_occurrences_list ON campaigns (parent_id, created_at DESC, id DESC)
        WHERE parent_id IS NOT NULL;
      -- Those that have not ended: few, however many there were.
      CREATE INDEX campaigns_occurrences_open ON campaigns (parent_id, occurrence_at)
        WHERE parent_id IS NOT NULL
          AND status IN ('scheduled', 'preparing', 'sending', 'pausing', 'paused', 'held', 'stopping');

      CREATE TABLE schedules (
        campaign_id uuid PRIMARY KEY REFERENCES campaigns (id) ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        cron text NOT NULL,
        timezone text NOT NULL,
        misfire text NOT NULL CHECK (misfire IN ('skip', 'once')),
        overlap text NOT NULL CHECK (overlap IN ('skip', 'queue')),
        until timestamptz,
        -- The last occurrence that was not made, and why.
        skipped_at timestamptz,
        skipped_reason text
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE schedules;
      DROP INDEX campaigns_due, campaigns_occurrence, campaigns_occurrences_list, campaigns_occurrences_open;
      ALTER TABLE campaigns
        DROP COLUMN hold_code, DROP COLUMN schedule_lease_until, DROP COLUMN due_at,
        DROP COLUMN occurrence_at, DROP COLUMN parent_id;
    `);
  }
}
