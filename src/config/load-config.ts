import { createRequire } from 'node:module';
import { Config } from './config.js';
import { SETTINGS, type Setting } from './settings.js';

type Values = { [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };

/** Says every key that is wrong at once, so that nobody mends them one boot at a time. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads the environment; throws ConfigError naming every bad key. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(SETTINGS)) {
    const raw = environment[setting.name]?.trim() || setting.fallback;
    try {
      values[key] = raw === '' && setting.fallback === '' ? emptyOf(setting) : setting.parse(raw);
    } catch (error) {
      const shown = setting.name.endsWith('_KEY') || setting.name.endsWith('_URL') ? '' : ` "${raw}"`;
      faults.push(`${setting.name}${shown} ${(error as Error).message}`);
    }
  }
  const known = new Set<string>(Object.values(SETTINGS).map((setting) => setting.name));
  for (const name of Object.keys(environment)) {
    if (name.startsWith('CAUDAL_') && !known.has(name)) faults.push(`${name} is not a setting of Caudal`);
  }
  const read = values as Values;
  if (faults.length === 0) faults.push(...contradictions(read));
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(arrange(read));
}

/** Lists read as empty, everything else as undefined, when a setting without a default is not set. */
function emptyOf(setting: Setting<unknown>): unknown {
  const asEmpty = setting.name === SETTINGS.corsOrigins.name || setting.name === SETTINGS.privateHosts.name;
  return asEmpty ? [] : undefined;
}

function contradictions(values: Values): string[] {
  const faults: string[] = [];
  // A lease must outlive its last call, or the reaper would call a row unknown whose answer is still due.
  if (values.leaseMs < values.sendTimeoutMs + values.turnMs + 1000) {
    faults.push(
      `CAUDAL_LEASE_MS ${values.leaseMs} must be at least CAUDAL_SEND_TIMEOUT_MS + CAUDAL_TURN_MS + 1000 ` +
        `(${values.sendTimeoutMs + values.turnMs + 1000})`,
    );
  }
  const isServer = values.databaseUrl !== undefined && values.redisUrl !== undefined;
  if (isServer && values.masterKey === undefined) {
    faults.push('CAUDAL_MASTER_KEY must be set when DATABASE_URL and REDIS_URL are');
  }
  if (isServer && values.adminKey === undefined) {
    faults.push('CAUDAL_ADMIN_KEY must be set when DATABASE_URL and REDIS_URL are');
  }
  return faults;
}

function arrange(values: Values): Config {
  const {
    breakerFailures,
    breakerOpenMs,
    importMaxFileBytes,
    importMaxRowBytes,
    importMaxColumns,
    ...plain
  } = values;
  const {
    batchSize,
    maxConcurrentBatches,
    maxTurns,
    maxOpenCalls,
    turnMs,
    leaseMs,
    sendTimeoutMs,
    campaignTries,
    retryBaseMs,
    retryMaxMs,
    messageRetries,
    messageRetryMs,
    ...rest
  } = plain;
  return {
    ...rest,
    version: packageVersion(),
    mode: values.databaseUrl !== undefined && values.redisUrl !== undefined ? 'server' : 'embedded',
    engine: Object.freeze({
      batchSize,
      maxConcurrentBatches,
      maxTurns,
      maxOpenCalls,
      turnMs,
      leaseMs,
      sendTimeoutMs,
      campaignTries,
      retryBaseMs,
      retryMaxMs,
      messageRetries,
      messageRetryMs,
    }),
    breaker: Object.freeze({ failures: breakerFailures, openMs: breakerOpenMs }),
    imports: Object.freeze({
      maxFileBytes: importMaxFileBytes,
      maxRowBytes: importMaxRowBytes,
      maxColumns: importMaxColumns,
    }),
  };
}

/** package.json lies two folders up in the sources and three in dist. */
function packageVersion(): string {
  const require = createRequire(import.meta.url);
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      return (require(path) as { version: string }).version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
