import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Channels that were slowed by their provider, and campaigns with a pacing of their own. */
export class AdaptiveAndPacing1763700000011 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- The last slowdown of a channel, kept for the day on which Redis is wiped.
      CREATE TABLE channel_slowdowns (
        channel_id uuid PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        -- Of its full rate, at climbs_from; from then on it grows.
        share double precision NOT NULL CHECK (share > 0 AND share <= 1),
        climbs_from timestamptz NOT NULL,
        interval_ms double precision NOT NULL CHECK (interval_ms >= 0),
        code text NOT NULL,
        since timestamptz NOT NULL
      ) WITH (fillfactor = 50);

      ALTER TABLE campaigns ADD COLUMN pacing jsonb;
      -- That of the run: it keeps the one that it was started with.
      ALTER TABLE dispatches ADD COLUMN pacing jsonb;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE dispatches DROP COLUMN pacing;
      ALTER TABLE campaigns DROP COLUMN pacing;
      DROP TABLE channel_slowdowns;
    `);
  }
}
