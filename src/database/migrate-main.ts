import { existsSync } from 'node:fs';
import { loadConfig } from '../config/load-config.js';
import { startEmbedded } from '../embedded/embedded-services.js';
import { migrate } from './migrate.js';

/** The command: brings DATABASE_URL, or the embedded database, up to date and says what it did. */
async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = loadConfig(process.env);
  const embedded = await startEmbedded({
    dataDir: config.dataDir,
    postgres: config.databaseUrl === undefined,
    redis: false,
    log: () => undefined,
  });
  try {
    const databaseUrl = config.databaseUrl ?? embedded.databaseUrl;
    if (databaseUrl === undefined) throw new Error('the embedded Postgres gave no address');
    const ran = await migrate(databaseUrl);
    for (const name of ran) process.stdout.write(`ran ${name}\n`);
    process.stdout.write(ran.length === 0 ? 'up to date already\n' : `${ran.length} migrations ran\n`);
  } finally {
    await embedded.stop();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
