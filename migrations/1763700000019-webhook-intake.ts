import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Webhooks of every provider: secrets for those that sign nothing, and all that a body needs to be read again. */
export class WebhookIntake1763700000019 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Proves the webhooks of a channel whose provider signs nothing; sealed for this row, like the settings.
      ALTER TABLE channels ADD COLUMN sealed_webhook_secret bytea;

      ALTER TABLE webhook_events
        -- The channel whose own address was called: elements that name no account are its.
        ADD COLUMN address_channel_id uuid,
        ADD COLUMN content_type text,
        ADD COLUMN query text NOT NULL DEFAULT '';

      -- What was set apart, newest first, for the list of a workspace.
      CREATE INDEX webhook_quarantine_workspace ON webhook_quarantine (workspace_id, event_id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP INDEX webhook_quarantine_workspace;
      ALTER TABLE webhook_events DROP COLUMN address_channel_id, DROP COLUMN content_type, DROP COLUMN query;
      ALTER TABLE channels DROP COLUMN sealed_webhook_secret;
    `);
  }
}
