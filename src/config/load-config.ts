import { createRequire } from 'node:module';
import type { Config, EngineConfig } from './config.js';
import type { Setting } from './setting-kinds.js';
import { SETTINGS } from './settings.js';

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
  const { corsOrigins, privateHosts, trustProxy, optOutWords, optInWords } = SETTINGS;
  const lists = [corsOrigins, privateHosts, trustProxy, optOutWords, optInWords].map(({ name }) => name);
  return lists.includes(setting.name) ? [] : undefined;
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
  // Before that a call may still be open, and what it comes to is not evidence that is missing.
  if (values.unknownHorizonMs < values.leaseMs + values.sendTimeoutMs) {
    faults.push(
      `CAUDAL_UNKNOWN_HORIZON_MS ${values.unknownHorizonMs} must be at least CAUDAL_LEASE_MS + CAUDAL_SEND_TIMEOUT_MS ` +
        `(${values.leaseMs + values.sendTimeoutMs})`,
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

/** What the engine is told of, under the names that the settings have. */
const ENGINE = [
  'batchSize',
  'maxConcurrentBatches',
  'maxTurns',
  'maxOpenCalls',
  'turnMs',
  'leaseMs',
  'sendTimeoutMs',
  'campaignTries',
  'retryBaseMs',
  'retryMaxMs',
  'messageRetries',
  'messageRetryMs',
  'failoverAfterMs',
  'mostLatenessMs',
  'holdOnFailures',
  'holdOnRefusals',
  'unknownHorizonMs',
  'frequencyCap',
] as const satisfies readonly (keyof EngineConfig)[];

function arrange(values: Values): Config {
  return {
    ...values,
    version: packageVersion(),
    mode: values.databaseUrl !== undefined && values.redisUrl !== undefined ? 'server' : 'embedded',
    engine: only(values, ENGINE),
    breaker: Object.freeze({ failures: values.breakerFailures, openMs: values.breakerOpenMs }),
    upkeep: only(values, ['sessionCheckMs', 'sessionRestarts', 'sessionRestartMs', 'accountCheckMs']),
    deliveries: Object.freeze({
      timeoutMs: values.deliveryTimeoutMs,
      retryMs: values.deliveryRetryMs,
      giveUpMs: values.deliveryGiveUpMs,
    }),
    consent: Object.freeze({
      stopWords: values.optOutWords,
      resumeWords: values.optInWords,
      stopReply: values.optOutReply ?? '',
      resumeReply: values.optInReply ?? '',
    }),
    imports: Object.freeze({
      maxFileBytes: values.importMaxFileBytes,
      maxRowBytes: values.importMaxRowBytes,
      maxColumns: values.importMaxColumns,
    }),
    database: Object.freeze({
      workConnections: values.databasePoolSize,
      sendConnections: values.sendPoolSize,
      intakeConnections: values.intakePoolSize,
      reportConnections: values.reportPoolSize,
      reportTimeoutMs: values.reportTimeoutMs,
      oldSnapshotMs: values.oldSnapshotMs,
    }),
    retention: Object.freeze({
      messageDays: values.keepMessagesDays,
      contentDays: values.keepContentDays,
      webhookDays: values.keepWebhooksDays,
      inboundDays: values.keepInboundDays,
      importDays: values.keepImportsDays,
      eventDays: values.keepEventsDays,
    }),
  };
}

function only<Key extends keyof Values>(values: Values, keys: readonly Key[]): Pick<Values, Key> {
  return Object.freeze(Object.fromEntries(keys.map((key) => [key, values[key]])) as Pick<Values, Key>);
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
