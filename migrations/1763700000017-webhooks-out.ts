import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is told of events, and what became of each telling; ADR 0026. */
export class WebhooksOut1763700000017 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Events with the same key are delivered in their order: a hash of the contact's number, or of what they are about.
      ALTER TABLE outbox ADD COLUMN order_key bigint NOT NULL DEFAULT 0;
      -- For a replay, which goes through the events of a workspace between two instants.
      CREATE INDEX outbox_workspace ON outbox (workspace_id, created_at, id);

      CREATE TABLE subscriptions (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        url text NOT NULL,
        description text,
        events text[] NOT NULL,
        -- disabled: by Caudal, as nothing came through for too long. deleted: its deliveries are being let go.
        state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled', 'deleted')),
        state_reason text,
        sealed_secrets bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX subscriptions_workspace ON subscriptions (workspace_id);

      -- What changes with every visit to an endpoint, apart from what every event reads.
      CREATE TABLE delivery_lines (
        subscription_id uuid PRIMARY KEY REFERENCES subscriptions (id) ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        leased_by uuid,
        lease_until timestamptz NOT NULL DEFAULT '-infinity',
        visited_at timestamptz NOT NULL DEFAULT '-infinity',
        rests_until timestamptz NOT NULL DEFAULT '-infinity',
        -- In a row; and how often the breaker has opened since the last success.
        failures integer NOT NULL DEFAULT 0,
        opens integer NOT NULL DEFAULT 0,
        failing_since timestamptz,
        delivered_at timestamptz
      ) WITH (fillfactor = 50);

      -- No foreign key to subscriptions: each insert of a storm would lock the same row of theirs.
      CREATE TABLE deliveries (
        subscription_id uuid NOT NULL,
        event_id bigint NOT NULL,
        workspace_id uuid NOT NULL,
        order_key bigint NOT NULL,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
        attempts smallint NOT NULL DEFAULT 0,
        event_at timestamptz NOT NULL,
        not_before timestamptz NOT NULL DEFAULT now(),
        first_attempt_at timestamptz,
        last_attempt_at timestamptz,
        last_status smallint,
        last_ms integer,
        last_error text,
        last_answer text,
        PRIMARY KEY (subscription_id, event_id)
      ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000);
      CREATE INDEX deliveries_state ON deliveries (subscription_id, state, event_id);
      -- Those that keep later ones of their key waiting. None in good days, and then it costs nothing.
      CREATE INDEX deliveries_tried ON deliveries (subscription_id, order_key, event_id)
        WHERE state = 'pending' AND attempts > 0;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE deliveries, delivery_lines, subscriptions;
      DROP INDEX outbox_workspace;
      ALTER TABLE outbox DROP COLUMN order_key;
    `);
  }
}
