import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Single messages: which dispatch takes them now, and what a provider called them. */
export class Streams1763700000009 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- The one dispatch that single messages of a channel, category and policy are added to today.
      CREATE TABLE open_streams (
        channel_id uuid NOT NULL,
        category text NOT NULL,
        policy jsonb NOT NULL,
        workspace_id uuid NOT NULL,
        -- In UTC.
        day date NOT NULL,
        dispatch_id bigint NOT NULL,
        PRIMARY KEY (channel_id, category, policy)
      );

      -- Streams have even numbers, all other dispatches odd ones: the sequence gives odd ones, and a stream takes the
      -- number behind its own. So an index can hold what is asked of streams alone.
      ALTER TABLE dispatches ALTER COLUMN id SET INCREMENT BY 2;
      SELECT setval(pg_get_serial_sequence('dispatches', 'id'), newest / 2 * 2 + 1, newest % 2 = 1)
      FROM (SELECT coalesce(max(id), 0) AS newest FROM dispatches) AS given;

      -- From a single message to the id that its provider gave it. For every message of a campaign it would be 5 µs and
      -- 83 bytes of WAL more, for nobody to read.
      CREATE INDEX provider_refs_of_streams ON provider_refs (dispatch_id, seq) WHERE dispatch_id % 2 = 0;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX provider_refs_of_streams');
    await queryRunner.query('ALTER TABLE dispatches ALTER COLUMN id SET INCREMENT BY 1');
    await queryRunner.query('DROP TABLE open_streams');
  }
}
