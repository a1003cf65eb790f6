import type { AddressInfo } from 'node:net';
import { Logger, type LoggerService } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../app.module.js';
import { PublicAddress } from '../channels/public-address.js';
import type { Config } from '../config/config.js';
import { ConfigError, loadConfig } from '../config/load-config.js';
import { migrate } from '../database/migrate.js';
import { createLogger } from './create-logger.js';
import { createApp } from './http-app.js';
import { checkMasterKey, WrongMasterKeyError } from './master-key.js';
import { startServices } from './services.js';
import { Shutdown } from './shutdown.js';
import { DatabaseStartError, startFaultText } from './start-fault.js';

/** "Something was configured wrongly", of sysexits(3): nothing to restart for. */
const EXIT_CONFIG = 78;

/** The life of a process, from the environment to the exit code. */
export async function run(environment: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig(environment);
  const logger = createLogger(config);
  Logger.overrideLogger(logger);
  const shutdown = new Shutdown(logger);
  shutdown.listen();
  try {
    await start(config, logger, shutdown);
  } catch (error) {
    // Stopped while starting: whatever broke, broke because of that.
    if (!shutdown.isEnding) {
      logger.debug?.(error instanceof Error ? (error.stack ?? error.message) : String(error), 'Caudal');
      process.stderr.write(`${startFaultText(error, config)}\n`);
    }
    await shutdown.end(error instanceof WrongMasterKeyError ? EXIT_CONFIG : 1);
  }
}

function readConfig(environment: NodeJS.ProcessEnv): Config {
  try {
    return loadConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

async function start(config: Config, logger: LoggerService, shutdown: Shutdown): Promise<void> {
  const services = await startServices(config, (message, details) =>
    logger.log(message, details ?? {}, 'Embedded'),
  );
  shutdown.add('the embedded services', () => services.stop());
  const ready = services.config;
  const ran = await migrate(ready.databaseUrl).catch((error: unknown) => {
    throw new DatabaseStartError(error);
  });
  if (ran.length > 0) logger.log(`the database was brought up to date: ${ran.join(', ')}`, 'Caudal');
  await checkMasterKey(ready);
  const app = await createApp(AppModule.register(ready), ready, logger);
  shutdown.add('the app', () => app.close());
  await app.init();
  const url = await listen(app, config);
  if (config.roles.has('router')) app.get(PublicAddress, { strict: false }).set(url);
  greet(logger, ready.adminKey, services.adminKeyPath, url, config);
}

/** By Fastify itself: Nest would log a port in use as a stack trace, twice. */
async function listen(app: NestFastifyApplication, config: Config): Promise<string> {
  const server = app.getHttpAdapter().getInstance();
  await server.listen({ host: config.host, port: config.port });
  const { port } = server.server.address() as AddressInfo;
  const isAny = config.host === '0.0.0.0' || config.host === '::';
  const host = isAny ? '127.0.0.1' : config.host.includes(':') ? `[${config.host}]` : config.host;
  return `http://${host}:${port}`;
}

function greet(
  logger: LoggerService,
  adminKey: string,
  adminKeyPath: string | undefined,
  url: string,
  config: Config,
): void {
  const roles = [...config.roles].join(',');
  const where = adminKeyPath === undefined ? 'CAUDAL_ADMIN_KEY' : adminKeyPath;
  logger.log(
    `Caudal ${config.version} (${roles}) listens on ${url}; the API is described at ${url}/docs; admin key: ${where}`,
    'Caudal',
  );
  // A terminal has one reader; a log is kept and shipped, and a key must not be.
  if (adminKeyPath !== undefined && process.stdout.isTTY)
    process.stdout.write(`\n  Admin key: ${adminKey}\n\n`);
}
