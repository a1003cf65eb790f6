import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What lets most barriers and settles do less; ADR 0025. */
export class LighterLedger1763700000016 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Which suppressions the preparation of a dispatch was sure to see: those of the transactions in this snapshot, of
      -- the server that was started then. Null: its rows were not looked at when they were written.
      ALTER TABLE dispatches ADD COLUMN suppressions_seen pg_snapshot, ADD COLUMN seen_on timestamptz;
      ALTER TABLE suppressions ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
      CREATE INDEX suppressions_newest ON suppressions (workspace_id, txid);

      -- What the provider called the messages of one settle, where it echoes our own id and so nobody looks for one of
      -- these by its name: one row for up to 200 of them. Random letters, so nothing is tried to compress them.
      CREATE TABLE receipts (
        workspace_id uuid NOT NULL,
        dispatch_id bigint NOT NULL,
        first_seq integer NOT NULL,
        seqs integer[] NOT NULL,
        provider_ids text[] NOT NULL
      );
      ALTER TABLE receipts ALTER COLUMN provider_ids SET STORAGE EXTERNAL;
      CREATE INDEX receipts_first ON receipts (dispatch_id, first_seq);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
      SELECT m.channel_id, o.provider_id, m.workspace_id, m.dispatch_id, m.seq, 1
      FROM receipts r, unnest(r.seqs, r.provider_ids) AS o (seq, provider_id),
           messages m
      WHERE m.dispatch_id = r.dispatch_id AND m.seq = o.seq AND o.provider_id IS NOT NULL
      ON CONFLICT DO NOTHING;
      DROP TABLE receipts;
      DROP INDEX suppressions_newest;
      ALTER TABLE suppressions DROP COLUMN txid;
      ALTER TABLE dispatches DROP COLUMN suppressions_seen, DROP COLUMN seen_on;
    `);
  }
}
