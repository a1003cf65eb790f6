import type { MigrationInterface, QueryRunner } from 'typeorm';

/** No single message is stored for a channel that is being removed: it would wait for ever. */
export class StreamsOfChannels1763700000020 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DELETE FROM open_streams s WHERE NOT EXISTS (SELECT FROM channels c WHERE c.id = s.channel_id);
      ALTER TABLE open_streams
        ADD CONSTRAINT open_streams_channel FOREIGN KEY (channel_id) REFERENCES channels (id) ON DELETE CASCADE;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE open_streams DROP CONSTRAINT open_streams_channel');
  }
}
