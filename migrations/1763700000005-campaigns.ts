import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Campaigns, and the recipients that were uploaded with one. */
export class Campaigns1763700000005 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE campaigns (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        name text NOT NULL,
        status text NOT NULL DEFAULT 'draft' CHECK (status IN (
          'draft', 'scheduled', 'preparing', 'sending', 'pausing', 'paused', 'held',
          'stopping', 'stopped', 'completed', 'failed'
        )),
        content jsonb NOT NULL,
        audience jsonb NOT NULL,
        channel_ids uuid[] NOT NULL DEFAULT '{}',
        category text NOT NULL DEFAULT 'marketing',
        dispatch_id bigint,
        -- How many the audience held at start: what the total grows towards while it is being prepared.
        expected integer,
        -- Where preparation goes on after a crash: the last key taken, and the last one to take.
        prepare_cursor bigint NOT NULL DEFAULT 0,
        prepare_until bigint,
        prepare_lease_until timestamptz,
        prepare_failures smallint NOT NULL DEFAULT 0,
        is_prepared boolean NOT NULL DEFAULT false,
        -- Since when it is in its status, by whom, and why when it is not plain.
        status_at timestamptz NOT NULL DEFAULT now(),
        status_by text NOT NULL,
        status_reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz
      );
      CREATE INDEX campaigns_list ON campaigns (workspace_id, created_at DESC, id DESC);
      CREATE INDEX campaigns_in_motion ON campaigns (status)
        WHERE status IN ('preparing', 'sending', 'pausing', 'stopping');

      -- How far each running campaign was in each of the last seconds: gives its rate to every process that is asked.
      -- Worth nothing after a crash, so it costs no WAL.
      CREATE UNLOGGED TABLE campaign_pulses (
        campaign_id uuid NOT NULL,
        slot smallint NOT NULL,
        at timestamptz NOT NULL,
        settled integer NOT NULL,
        PRIMARY KEY (campaign_id, slot)
      ) WITH (fillfactor = 50);

      CREATE TABLE campaign_recipients (
        campaign_id uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
        row_number bigint NOT NULL,
        workspace_id uuid NOT NULL,
        recipient text NOT NULL,
        name text,
        -- The other columns by folded name; empty cells are left out.
        variables jsonb NOT NULL DEFAULT '{}',
        -- Why this row cannot be sent (invalid, duplicate); null when it can.
        reject text,
        PRIMARY KEY (campaign_id, row_number)
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE campaign_recipients, campaign_pulses, campaigns');
  }
}
