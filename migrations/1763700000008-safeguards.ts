import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What tells a wrong master key at start, and breakers that a person opened. */
export class Safeguards1763700000008 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- One row: the fingerprint of the key that sealed what is in this database.
      CREATE TABLE master_key (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        fingerprint bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );

      -- Beside the hold, not in its place: a number may be held by its provider and closed by a person at once, and
      -- what lifts the one leaves the other.
      ALTER TABLE channels
        ADD COLUMN breaker_opened_at timestamptz,
        ADD COLUMN breaker_opened_by text,
        ADD CONSTRAINT channels_breaker_by_whom CHECK ((breaker_opened_at IS NULL) = (breaker_opened_by IS NULL));
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE channels DROP COLUMN breaker_opened_at, DROP COLUMN breaker_opened_by;
      DROP TABLE master_key;
    `);
  }
}
