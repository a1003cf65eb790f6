import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What of the past was let go, how far each chore has come, and campaigns that should be sending and are not. */
export class Housekeeping1763700000015 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Counters, gate and this row itself stay: a campaign keeps its figures.
      ALTER TABLE dispatches
        ADD COLUMN content_purged_at timestamptz,
        ADD COLUMN purged_at timestamptz;
      CREATE INDEX dispatches_with_content ON dispatches (finished_at)
        WHERE finished_at IS NOT NULL AND content_purged_at IS NULL;
      CREATE INDEX dispatches_with_rows ON dispatches (finished_at) WHERE finished_at IS NOT NULL AND purged_at IS NULL;
      CREATE INDEX dispatches_purged ON dispatches (purged_at) WHERE purged_at IS NOT NULL;

      ALTER TABLE imports ADD COLUMN rejects_purged_at timestamptz;
      CREATE INDEX imports_with_rejects ON imports (finished_at)
        WHERE finished_at IS NOT NULL AND rejects_purged_at IS NULL;

      ALTER TABLE campaigns ADD COLUMN upload_purged_at timestamptz;
      CREATE INDEX campaigns_with_upload ON campaigns (finished_at)
        WHERE finished_at IS NOT NULL AND upload_purged_at IS NULL;

      CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

      -- How far a chore has come with what it is at, for whichever process goes on with it.
      CREATE TABLE chores (
        name text PRIMARY KEY,
        subject bigint NOT NULL DEFAULT 0,
        position bigint NOT NULL DEFAULT 0,
        began_at timestamptz NOT NULL DEFAULT '-infinity'
      );

      -- A dispatch with work on a channel, an open gate, nothing in the way, and no progress. One row while it lasts.
      CREATE TABLE stalls (
        dispatch_id bigint NOT NULL REFERENCES dispatches (id) ON DELETE CASCADE,
        channel_id uuid NOT NULL,
        workspace_id uuid NOT NULL,
        since timestamptz NOT NULL,
        settled bigint NOT NULL,
        seen jsonb NOT NULL,
        PRIMARY KEY (dispatch_id, channel_id)
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE stalls, chores;
      DROP INDEX idempotency_keys_age;
      DROP INDEX campaigns_with_upload;
      ALTER TABLE campaigns DROP COLUMN upload_purged_at;
      DROP INDEX imports_with_rejects;
      ALTER TABLE imports DROP COLUMN rejects_purged_at;
      DROP INDEX dispatches_purged, dispatches_with_rows, dispatches_with_content;
      ALTER TABLE dispatches DROP COLUMN purged_at, DROP COLUMN content_purged_at;
    `);
  }
}
