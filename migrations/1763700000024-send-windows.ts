import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Hours in which campaigns send, and the days and hours of a workspace in which they do not. */
export class SendWindows1763700000024 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE campaigns
        ADD COLUMN send_window jsonb,
        -- Its messages lie in batches by their recipients' time zones; decided at its start.
        ADD COLUMN is_zoned boolean NOT NULL DEFAULT false;

      -- Its zone is time_zone.
      ALTER TABLE workspaces
        ADD COLUMN holidays jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN quiet_hours jsonb;

      -- Null: that of the workspace.
      ALTER TABLE batches ADD COLUMN zone text;
      -- Holds nothing of campaigns that may send at any time.
      CREATE INDEX batches_closing ON batches (closes_at) WHERE state = 'ready' AND closes_at IS NOT NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP INDEX batches_closing;
      ALTER TABLE batches DROP COLUMN zone;
      ALTER TABLE workspaces DROP COLUMN quiet_hours, DROP COLUMN holidays;
      ALTER TABLE campaigns DROP COLUMN is_zoned, DROP COLUMN send_window;
    `);
  }
}
