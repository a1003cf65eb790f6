import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A campaign's part of the channels that it shares with others: as planned, and of its run as it is now. */
export class CampaignWeight1763700000010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE campaigns ADD COLUMN weight smallint NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 10);
      ALTER TABLE dispatches ADD COLUMN weight smallint NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 10);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE dispatches DROP COLUMN weight;
      ALTER TABLE campaigns DROP COLUMN weight;
    `);
  }
}
