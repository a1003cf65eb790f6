import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Channels of a run that a person takes away, adds or pauses while it is sent. */
export class RunChannels1763700000029 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- By the channel's id: by whom and since when nothing of this dispatch is sent over it. Null: none is paused.
      ALTER TABLE dispatches ADD COLUMN paused_channels jsonb;

      ALTER TABLE batches
        DROP CONSTRAINT batches_state_check,
        ADD CONSTRAINT batches_state_check CHECK (state IN ('ready', 'leased', 'parked', 'done')),
        -- Of a leased batch whose channel was paused or taken away: what it becomes when its lease ends. Until then no
        -- message of it passes the barrier.
        ADD COLUMN after_lease text CHECK (after_lease IN ('ready', 'parked'));
      -- Holds nothing but what waits on a paused channel.
      CREATE INDEX batches_parked ON batches (dispatch_id, channel_id, batch_no) WHERE state = 'parked';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP INDEX batches_parked;
      UPDATE batches SET state = 'ready' WHERE state = 'parked';
      ALTER TABLE batches
        DROP COLUMN after_lease,
        DROP CONSTRAINT batches_state_check,
        ADD CONSTRAINT batches_state_check CHECK (state IN ('ready', 'leased', 'done'));
      ALTER TABLE dispatches DROP COLUMN paused_channels;
    `);
  }
}
