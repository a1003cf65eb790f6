import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Campaigns of a workspace by where they are, however many have ended. */
export class CampaignStatuses1763700000030 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX campaigns_by_status ON campaigns (workspace_id, status, created_at DESC, id DESC);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX campaigns_by_status');
  }
}
