import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A channel is one sending number. */
export class Channels1763700000003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE channels (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        name text NOT NULL,
        provider text NOT NULL,
        -- The provider's settings, sealed with AES-256-GCM and bound to this row.
        sealed_settings bytea NOT NULL,
        -- The provider's own name of the number (Cloud API: phone number id); routes webhooks.
        account_ref text,
        limits jsonb NOT NULL DEFAULT '{}',
        pacing jsonb NOT NULL DEFAULT '{"mode": "max"}',
        weight smallint NOT NULL DEFAULT 1,
        -- Grows with each change of limits or holds; the higher one wins wherever it is cached.
        version integer NOT NULL DEFAULT 1,
        held_code text,
        held_reason text,
        held_since timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX channels_name ON channels (workspace_id, lower(name));
      -- Two channels on one number would each spend its limits.
      CREATE UNIQUE INDEX channels_account ON channels (workspace_id, provider, account_ref);

      -- What a channel spent, minute by minute, written in the barrier: rebuilds the limiter after a wipe of Redis.
      CREATE TABLE channel_usage (
        workspace_id uuid NOT NULL,
        channel_id uuid NOT NULL,
        minute timestamptz NOT NULL,
        slot smallint NOT NULL,
        sends integer NOT NULL,
        PRIMARY KEY (channel_id, minute, slot)
      ) WITH (fillfactor = 50);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE channel_usage, channels');
  }
}
