import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A mark that Redis and the data directories keep too, and which start of the server was vouched for by them: a copy
 * of the files has the identity and the timeline of the original.
 */
export class DeploymentWitness1763700000032 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE deployment ADD COLUMN mark uuid, ADD COLUMN server_started timestamptz
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE deployment DROP COLUMN mark, DROP COLUMN server_started');
  }
}
