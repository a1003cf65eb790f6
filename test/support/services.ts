import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/database/migrate.js';
import { startEmbedded } from '../../src/embedded/embedded-services.js';

/** Specs never touch the template: each asks for a copy of it, which costs some 50 ms instead of all migrations. */
const TEMPLATE_DATABASE = 'caudal_template';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A superuser's address on the Postgres of this run. */
    adminUrl: string;
    redisUrl: string;
    templateDatabase: string;
  }
}

/** One Postgres and one Redis for the whole run, in a directory that goes away with it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'caudal-test-'));
  const services = await startEmbedded({
    dataDir,
    postgres: true,
    redis: true,
    durable: false,
    log: () => undefined,
  });
  const teardown = async () => {
    await services.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  const { databaseUrl, redisUrl } = services;
  if (databaseUrl === undefined || redisUrl === undefined) {
    await teardown();
    throw new Error('the embedded services gave no address');
  }
  try {
    await createTemplate(databaseUrl);
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide('adminUrl', databaseUrl);
  project.provide('redisUrl', redisUrl);
  project.provide('templateDatabase', TEMPLATE_DATABASE);
  return teardown;
}

async function createTemplate(adminUrl: string): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`);
  } finally {
    await admin.end();
  }
  const template = new URL(adminUrl);
  template.pathname = `/${TEMPLATE_DATABASE}`;
  await migrate(template.href);
}
