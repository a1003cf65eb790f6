import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a person has to look at, from the moment that it begins until it ends. */
export class Alerts1763700000031 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE alerts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        kind text NOT NULL,
        subject text NOT NULL,
        channel_id uuid REFERENCES channels (id) ON DELETE CASCADE,
        text text NOT NULL,
        times integer NOT NULL DEFAULT 1,
        raised_at timestamptz NOT NULL DEFAULT now(),
        last_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        acked_at timestamptz,
        acked_by text
      );
      -- What happens again while it lasts is one alert; ending it looks here too.
      CREATE UNIQUE INDEX alerts_lasting ON alerts (workspace_id, kind, subject) WHERE ended_at IS NULL;
      CREATE INDEX alerts_newest ON alerts (workspace_id, id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE alerts');
  }
}
