import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Several texts for one campaign, and the one that is chosen for the rest of its recipients. */
export class Variants1763700000028 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- [{ name, content, weight }]; \`content\` is that of the first. And by what the winner is chosen, if one is.
      ALTER TABLE campaigns ADD COLUMN variants jsonb, ADD COLUMN winner_rule jsonb;
      -- Which of the contents of its dispatch, from 0; null in dispatches with one, and in rows that wait for a winner.
      ALTER TABLE messages ADD COLUMN variant smallint;
      -- What goes to the rows without a variant, so that a choice for a million is one row.
      ALTER TABLE dispatches ADD COLUMN winner smallint;

      -- Which was chosen, and why. One for a dispatch, so that of two choices one is made.
      CREATE TABLE variant_winners (
        dispatch_id bigint PRIMARY KEY,
        campaign_id uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        winner smallint NOT NULL,
        chosen_at timestamptz NOT NULL DEFAULT now(),
        chosen_by text NOT NULL,
        reason text NOT NULL,
        -- What the test came to at that moment, by variant.
        tested jsonb NOT NULL
      );
      CREATE INDEX variant_winners_campaign ON variant_winners (campaign_id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE variant_winners;
      ALTER TABLE dispatches DROP COLUMN winner;
      ALTER TABLE messages DROP COLUMN variant;
      ALTER TABLE campaigns DROP COLUMN winner_rule, DROP COLUMN variants;
    `);
  }
}
