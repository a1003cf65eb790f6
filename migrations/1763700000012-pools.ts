import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Several channels for one dispatch: what may move between them, and which of them made an attempt. */
export class Pools1763700000012 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- The channels among which its batches may move; null where they stay on the one they were given.
      ALTER TABLE dispatches
        ADD COLUMN channel_ids uuid[],
        -- When work went last from one of them to another though both could send.
        ADD COLUMN levelled_at timestamptz;
      UPDATE dispatches d SET channel_ids = c.channel_ids
      FROM campaigns c
      WHERE c.dispatch_id = d.id AND d.finished_at IS NULL AND cardinality(c.channel_ids) > 1;

      ALTER TABLE batches
        -- The channel that its recipients know: it leaves it only while that one cannot send, and goes back.
        ADD COLUMN sticky_to uuid,
        -- How many of its messages were pending when it was given back last; null before.
        ADD COLUMN unsent integer;

      -- A message that was tried on one channel may be sent on another: its attempts say where each was made.
      ALTER TABLE attempts ADD COLUMN channel_id uuid;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE attempts DROP COLUMN channel_id;
      ALTER TABLE batches DROP COLUMN sticky_to, DROP COLUMN unsent;
      ALTER TABLE dispatches DROP COLUMN channel_ids, DROP COLUMN levelled_at;
    `);
  }
}
