import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Audiences that are kept by name, for any number of campaigns. */
export class Audiences1763700000025 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audiences (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        name text NOT NULL,
        description text,
        selection jsonb NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX audiences_name ON audiences (workspace_id, lower(name));
      CREATE INDEX audiences_list ON audiences (workspace_id, created_at DESC, id DESC);

      -- Which campaigns will resolve one when they start: few, however many there were.
      CREATE INDEX campaigns_saved_audience ON campaigns ((audience ->> 'savedAudienceId'))
        WHERE status IN ('scheduled', 'held') AND audience ->> 'savedAudienceId' IS NOT NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX campaigns_saved_audience; DROP TABLE audiences');
  }
}
