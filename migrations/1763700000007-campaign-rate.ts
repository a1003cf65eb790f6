import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A campaign's own rate: as planned, and of its run as it is now. */
export class CampaignRate1763700000007 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE campaigns ADD COLUMN rate_per_second double precision CHECK (rate_per_second > 0);
      ALTER TABLE dispatches
        ADD COLUMN rate_per_second double precision CHECK (rate_per_second > 0),
        -- Grows with each change, so that a worker that has not heard of one cannot bring the old rate back.
        ADD COLUMN rate_version integer NOT NULL DEFAULT 0;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE dispatches DROP COLUMN rate_version, DROP COLUMN rate_per_second;
      ALTER TABLE campaigns DROP COLUMN rate_per_second;
    `);
  }
}
