import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a workspace pays for a message, by country and category. */
export class Prices1763700000023 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Replaced as a whole and read as a whole: a few hundred entries of a provider's rate card.
      CREATE TABLE price_lists (
        workspace_id uuid PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
        currency text NOT NULL,
        prices jsonb NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        updated_by text NOT NULL
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE price_lists');
  }
}
