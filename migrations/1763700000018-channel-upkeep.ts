import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What Caudal knows of a channel between its sends: session, templates, standing; ADR 0029. */
export class ChannelUpkeep1763700000018 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- When a channel is looked at next, for each thing that is looked at. Whoever moves due_at on does it.
      CREATE TABLE channel_checks (
        channel_id uuid NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
        what text NOT NULL CHECK (what IN ('session', 'templates', 'standing')),
        due_at timestamptz NOT NULL,
        -- New settings are tried at once.
        settings_md5 text NOT NULL,
        -- In a row.
        failures integer NOT NULL DEFAULT 0,
        failed_code text,
        failed_reason text,
        -- The newest that came to an end.
        done_at timestamptz,
        PRIMARY KEY (channel_id, what)
      ) WITH (fillfactor = 50);

      -- The web session of a channel whose provider keeps one.
      CREATE TABLE channel_sessions (
        channel_id uuid PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        connection text NOT NULL CHECK (connection IN ('connected', 'connecting', 'disconnected')),
        since timestamptz NOT NULL,
        needs_person boolean NOT NULL,
        code text,
        reason text,
        -- Sends in a row that said that it is down although the provider calls it connected.
        refusals smallint NOT NULL,
        restarts smallint NOT NULL,
        restart_at timestamptz,
        restarted_at timestamptz,
        -- The provider's own time of the newest webhook about it; and when anything of it was noted.
        said_at timestamptz,
        noted_at timestamptz NOT NULL
      ) WITH (fillfactor = 50);

      CREATE TABLE templates (
        channel_id uuid NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        name text NOT NULL,
        language text NOT NULL,
        category text NOT NULL,
        status text NOT NULL,
        quality text,
        rejected_reason text,
        parameter_format text,
        components jsonb NOT NULL,
        -- The provider's id of it; empty where it has none. Some let two have the same name and language.
        provider_ref text NOT NULL DEFAULT '',
        -- The newest list that held it, and the newest word of it, by list or webhook.
        synced_at timestamptz NOT NULL,
        noted_at timestamptz NOT NULL,
        PRIMARY KEY (channel_id, name, language, provider_ref)
      );

      -- What the provider thinks of the number, with the time of it.
      ALTER TABLE channels ADD COLUMN standing jsonb;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE channels DROP COLUMN standing;
      DROP TABLE templates, channel_sessions, channel_checks;
    `);
  }
}
