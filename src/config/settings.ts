import { getCountries, type CountryCode } from 'libphonenumber-js';
import { ROLES, type Role } from './config.js';

/** One environment variable: how it reads, what it defaults to, and the line that explains it. */
export interface Setting<T> {
  readonly name: string;
  readonly about: string;
  /** Written as in the environment; empty means "not set". */
  readonly fallback: string;
  /** Returns the value, or throws an Error whose message says what would be right. */
  readonly parse: (text: string) => T;
}

function setting<T>(name: string, fallback: string, about: string, parse: (text: string) => T): Setting<T> {
  return { name, about, fallback, parse };
}

function text(value: string): string {
  return value;
}

function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  };
}

function oneOf<const T extends string>(words: readonly T[]): (value: string) => T {
  return (value) => {
    const word = words.find((known) => known === value);
    if (word === undefined) throw new Error(`must be one of ${words.join(', ')}`);
    return word;
  };
}

function list(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** As a browser writes it in `Origin`; anything else would never match and only look as if it did. */
function origins(value: string): readonly string[] {
  return list(value).map((origin) => {
    if (origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)) return origin;
    throw new Error('must list origins such as https://app.example.com (no path, no final slash), or *');
  });
}

function roles(value: string): ReadonlySet<Role> {
  const named = list(value).map(oneOf(ROLES));
  if (named.length === 0) throw new Error(`must name at least one of ${ROLES.join(', ')}`);
  return new Set(named);
}

function url(...protocols: readonly string[]): (value: string) => string {
  return (value) => {
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
      throw new Error(`must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`);
    }
    return value.replace(/\/$/, '');
  };
}

function secret(minLength: number): (value: string) => string {
  return (value) => {
    if (value.length < minLength)
      throw new Error(`must have at least ${minLength} characters (it is secret: not shown)`);
    return value;
  };
}

function country(value: string): CountryCode {
  const code = value.toUpperCase();
  if (!getCountries().includes(code as CountryCode))
    throw new Error('must be a two-letter country code such as MX');
  return code as CountryCode;
}

/** In the order of .env.example, which a test holds against this table. */
export const SETTINGS = {
  roles: setting('CAUDAL_ROLES', 'api,router,worker', 'What this process does.', roles),
  host: setting('HOST', '127.0.0.1', 'Address to listen on; 0.0.0.0 for all.', text),
  port: setting('PORT', '3000', 'Port to listen on; 0 takes a free one.', wholeNumber(0, 65_535)),
  publicUrl: setting(
    'CAUDAL_PUBLIC_URL',
    '',
    'Where providers reach this server (webhooks).',
    url('http:', 'https:'),
  ),
  dataDir: setting('CAUDAL_DATA_DIR', '.caudal', 'Embedded databases, uploads, keys.', text),
  databaseUrl: setting(
    'DATABASE_URL',
    '',
    'Postgres 15 or newer; not set: Caudal runs its own.',
    url('postgres:', 'postgresql:'),
  ),
  databasePoolSize: setting(
    'CAUDAL_DATABASE_POOL',
    '20',
    'Connections of one process to Postgres.',
    wholeNumber(4, 500),
  ),
  redisUrl: setting(
    'REDIS_URL',
    '',
    'Redis 6.2 or newer; not set: Caudal runs its own.',
    url('redis:', 'rediss:'),
  ),
  redisPrefix: setting('CAUDAL_REDIS_PREFIX', 'caudal', 'First part of every key in Redis.', text),
  masterKey: setting(
    'CAUDAL_MASTER_KEY',
    '',
    'Seals credentials at rest; 32 characters or more.',
    secret(32),
  ),
  adminKey: setting('CAUDAL_ADMIN_KEY', '', 'The first API key; 24 characters or more.', secret(24)),
  logLevel: setting(
    'CAUDAL_LOG_LEVEL',
    'info',
    'error, warn, info or debug.',
    oneOf(['error', 'warn', 'info', 'debug']),
  ),
  logFormat: setting(
    'CAUDAL_LOG_FORMAT',
    '',
    'json or pretty; not set: pretty in a terminal.',
    oneOf(['json', 'pretty']),
  ),
  corsOrigins: setting(
    'CAUDAL_CORS_ORIGINS',
    '',
    'Web origins that may call the API, by comma; * for all.',
    origins,
  ),
  defaultCountry: setting(
    'CAUDAL_DEFAULT_COUNTRY',
    '',
    'Country of numbers written without one, e.g. MX.',
    country,
  ),
  privateHosts: setting(
    'CAUDAL_PRIVATE_HOSTS',
    '',
    'Private hosts that a provider base URL may name, by comma; loopback is allowed in embedded mode.',
    list,
  ),
  simulatorUrl: setting(
    'CAUDAL_SIMULATOR_URL',
    '',
    'A simulator that runs already; not set: one is started when a channel needs it.',
    url('http:'),
  ),
  simulatorPort: setting(
    'CAUDAL_SIMULATOR_PORT',
    '3911',
    'Port of the simulator that is started here.',
    wholeNumber(0, 65_535),
  ),
  webhookMaxBytes: setting(
    'CAUDAL_WEBHOOK_MAX_BYTES',
    '4194304',
    'Largest webhook body.',
    wholeNumber(1024, 67_108_864),
  ),
  batchSize: setting('BATCH_SIZE', '500', 'Most messages in one leased batch.', wholeNumber(1, 5000)),
  maxConcurrentBatches: setting(
    'MAX_CONCURRENT_BATCHES',
    '5',
    'Batches of one campaign and channel that one process works at once.',
    wholeNumber(1, 50),
  ),
  maxTurns: setting(
    'CAUDAL_MAX_TURNS',
    '20',
    'Batches that one process works at once over all campaigns.',
    wholeNumber(1, 500),
  ),
  maxOpenCalls: setting(
    'CAUDAL_MAX_OPEN_CALLS',
    '256',
    'Open calls of one process to one channel.',
    wholeNumber(1, 5000),
  ),
  turnMs: setting(
    'CAUDAL_TURN_MS',
    '2000',
    'Longest visit of a worker to one campaign and channel.',
    wholeNumber(100, 30_000),
  ),
  leaseMs: setting(
    'CAUDAL_LEASE_MS',
    '20000',
    'After this long without a sign, a batch is taken from its worker.',
    wholeNumber(1000, 600_000),
  ),
  sendTimeoutMs: setting(
    'CAUDAL_SEND_TIMEOUT_MS',
    '10000',
    'Total deadline of one call to a provider.',
    wholeNumber(100, 300_000),
  ),
  campaignTries: setting(
    'CAUDAL_CAMPAIGN_TRIES',
    '5',
    'Tries of a campaign message that a provider asks to repeat.',
    wholeNumber(1, 50),
  ),
  retryBaseMs: setting(
    'CAUDAL_RETRY_BASE_MS',
    '5000',
    'Wait before the second try; doubles with each.',
    wholeNumber(10, 3_600_000),
  ),
  retryMaxMs: setting(
    'CAUDAL_RETRY_MAX_MS',
    '600000',
    'Longest wait between tries.',
    wholeNumber(10, 86_400_000),
  ),
  messageRetries: setting(
    'CAUDAL_MESSAGE_RETRIES',
    '3',
    'Further tries of a single message that a provider asks to repeat.',
    wholeNumber(0, 50),
  ),
  messageRetryMs: setting(
    'CAUDAL_MESSAGE_RETRY_MS',
    '5000',
    'Wait before each further try of a single message.',
    wholeNumber(10, 3_600_000),
  ),
  breakerFailures: setting(
    'CAUDAL_BREAKER_FAILURES',
    '10',
    'Health failures in a row that open a channel’s breaker.',
    wholeNumber(1, 1000),
  ),
  breakerOpenMs: setting(
    'CAUDAL_BREAKER_OPEN_MS',
    '60000',
    'Time before an open breaker lets a probe through.',
    wholeNumber(100, 3_600_000),
  ),
  importMaxFileBytes: setting(
    'CAUDAL_IMPORT_MAX_BYTES',
    '2147483648',
    'Largest file to import.',
    wholeNumber(1024, 107_374_182_400),
  ),
  importMaxRowBytes: setting(
    'CAUDAL_IMPORT_MAX_ROW_BYTES',
    '262144',
    'Largest row of a file.',
    wholeNumber(256, 16_777_216),
  ),
  importMaxColumns: setting(
    'CAUDAL_IMPORT_MAX_COLUMNS',
    '200',
    'Most columns of a file.',
    wholeNumber(1, 2000),
  ),
} as const;
