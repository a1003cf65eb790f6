import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What proved a webhook is kept with it: a channel may get that secret after the webhook came. */
export class WebhookScope1763700000033 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- The fingerprint of a secret, or the channel; null where an older version stored it.
      ALTER TABLE webhook_events ADD COLUMN scope text;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE webhook_events DROP COLUMN scope');
  }
}
