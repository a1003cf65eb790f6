import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whom a number may still begin a conversation with today, and how often one person may be written to. */
export class Budgets1763700000027 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Numbers that share what their provider lets them begin, as those of one business portfolio of Meta do.
      CREATE TABLE portfolios (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        name text NOT NULL,
        -- Unique contacts in a moving 24 hours; null: as many as one likes.
        daily_contacts integer CHECK (daily_contacts > 0),
        -- What a person set, the provider's word does not change.
        daily_contacts_by text NOT NULL DEFAULT 'provider' CHECK (daily_contacts_by IN ('provider', 'person')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX portfolios_of_workspace ON portfolios (workspace_id, id);
      CREATE UNIQUE INDEX portfolios_name ON portfolios (workspace_id, lower(name));

      ALTER TABLE channels
        ADD COLUMN portfolio_id uuid,
        ADD CONSTRAINT channels_in_portfolio FOREIGN KEY (workspace_id, portfolio_id)
          REFERENCES portfolios (workspace_id, id),
        ADD COLUMN daily_contacts integer CHECK (daily_contacts > 0),
        ADD COLUMN daily_contacts_by text NOT NULL DEFAULT 'provider'
          CHECK (daily_contacts_by IN ('provider', 'person')),
        ADD COLUMN warm_up jsonb,
        -- Since when the provider rates the number RED; null while it does not.
        ADD COLUMN red_since timestamptz;
      CREATE INDEX channels_portfolio ON channels (portfolio_id) WHERE portfolio_id IS NOT NULL;

      -- One row for each channel or portfolio that has a budget; its lock puts the barriers of one budget in a row.
      CREATE TABLE budgets (
        scope_id uuid PRIMARY KEY,
        -- From here on every worker knows that there is a budget; before, nothing of a campaign passes.
        opens_at timestamptz NOT NULL,
        -- What was sent before it was counted.
        filled_at timestamptz
      ) WITH (fillfactor = 20);

      -- Whom a budget counts, by the minute of the newest message to them. Hashed as suppressions are.
      CREATE TABLE touches (
        scope_id uuid NOT NULL,
        recipient_hash bytea NOT NULL,
        minute timestamptz NOT NULL,
        PRIMARY KEY (scope_id, recipient_hash)
      );
      CREATE INDEX touches_minute ON touches (minute);

      -- The same, added up: 1,441 rows are read for a moving day.
      CREATE TABLE budget_minutes (
        scope_id uuid NOT NULL,
        minute timestamptz NOT NULL,
        contacts integer NOT NULL,
        PRIMARY KEY (scope_id, minute)
      ) WITH (fillfactor = 50);

      -- Locked by a barrier under a frequency cap, a row for each recipient; they say nothing and may go at any time.
      CREATE TABLE cap_locks (
        workspace_id uuid NOT NULL,
        recipient_hash bytea NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, recipient_hash)
      );
      CREATE INDEX cap_locks_at ON cap_locks (at);

      ALTER TABLE campaigns ADD COLUMN frequency_cap jsonb,
        -- When it was stopped for a number that turned RED: who lets it go on knows of all that were RED by then.
        ADD COLUMN stopped_for_red_at timestamptz;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE campaigns DROP COLUMN frequency_cap, DROP COLUMN stopped_for_red_at;
      DROP TABLE cap_locks, budget_minutes, touches, budgets;
      ALTER TABLE channels DROP COLUMN red_since, DROP COLUMN warm_up, DROP COLUMN daily_contacts_by, DROP COLUMN daily_contacts,
        DROP COLUMN portfolio_id;
      DROP TABLE portfolios;
    `);
  }
}
