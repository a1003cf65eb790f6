import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './load-config.js';
import { SETTINGS } from './settings.js';

const SERVER = {
  DATABASE_URL: 'postgres://caudal:pw@db/caudal',
  REDIS_URL: 'redis://redis:6379',
  CAUDAL_MASTER_KEY: 'm'.repeat(32),
  CAUDAL_ADMIN_KEY: 'a'.repeat(24),
};

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('runs on nothing: every default is right, and the mode is embedded', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ mode: 'embedded', host: '127.0.0.1', port: 3000, corsOrigins: [] });
    expect([...config.roles]).toEqual(['api', 'router', 'worker']);
    expect(config.engine).toMatchObject({ batchSize: 500, maxConcurrentBatches: 5 });
    expect(config.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('is frozen, through and through', () => {
    const config = loadConfig({});
    expect(
      [config, config.engine, config.breaker, config.imports, config.database, config.retention].every(
        Object.isFrozen,
      ),
    ).toBe(true);
  });

  it('is in server mode when both servers are given, and embedded when one is missing', () => {
    expect(loadConfig(SERVER).mode).toBe('server');
    expect(loadConfig({ DATABASE_URL: SERVER.DATABASE_URL }).mode).toBe('embedded');
  });

  it('takes an empty value as not set', () => {
    expect(loadConfig({ PORT: '', CAUDAL_LOG_LEVEL: ' ' })).toMatchObject({ port: 3000, logLevel: 'info' });
  });

  const bad: Record<keyof typeof SETTINGS, string> = {
    roles: 'api,cook',
    host: '',
    port: '70000',
    publicUrl: 'example.com',
    dataDir: '',
    databaseUrl: 'mysql://db',
    databasePoolSize: '1',
    sendPoolSize: '1',
    intakePoolSize: '1',
    reportPoolSize: '0',
    reportTimeoutMs: '5',
    oldSnapshotMs: '5',
    redisUrl: 'http://redis',
    redisPrefix: '',
    masterKey: 'short',
    adminKey: 'short',
    logLevel: 'loud',
    logFormat: 'xml',
    corsOrigins: 'https://app.example.com/',
    legacyWorkspace: '',
    defaultCountry: 'Mexico',
    confirmAbove: '-1',
    privateHosts: '',
    simulatorUrl: 'localhost:3911',
    simulatorPort: '-1',
    webhookMaxBytes: '4MB',
    webhookMode: 'both',
    webhookSpoolMaxBytes: '1GB',
    webhookRefusalsPerMinute: '0',
    optOutWords: '',
    optInWords: '',
    optOutReply: '',
    optInReply: '',
    mediaMaxBytes: '5',
    trustProxy: '10.0.0.0/33',
    batchSize: '0',
    maxConcurrentBatches: 'many',
    maxTurns: '0',
    maxOpenCalls: '1e9',
    turnMs: '5',
    leaseMs: '5',
    sendTimeoutMs: '5',
    campaignTries: '0',
    retryBaseMs: '5',
    retryMaxMs: '5',
    messageRetries: '51',
    messageRetryMs: '5',
    failoverAfterMs: '-1',
    mostLatenessMs: '5',
    holdOnFailures: '30%',
    holdOnRefusals: '-1',
    frequencyCap: '2 in 31 days',
    unknownHorizonMs: '5',
    breakerFailures: '0',
    breakerOpenMs: '5',
    sessionCheckMs: '5',
    sessionRestarts: '21',
    sessionRestartMs: '5',
    accountCheckMs: '5',
    deliveryTimeoutMs: '5',
    deliveryRetryMs: '5',
    deliveryGiveUpMs: '5',
    importMaxFileBytes: '5',
    importMaxRowBytes: '5',
    keepMessagesDays: '9',
    keepContentDays: '1',
    keepWebhooksDays: '7',
    keepInboundDays: '7',
    keepImportsDays: '-1',
    keepEventsDays: 'none',
    importMaxColumns: '0',
  };
  const checked = Object.entries(bad).filter(([, value]) => value !== '');

  it.each(checked)('refuses a bad %s (%s) and names its variable', (key, value) => {
    const { name } = SETTINGS[key as keyof typeof SETTINGS];
    expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} .*must `))]);
  });

  it('names every bad key at once', () => {
    const environment = Object.fromEntries(
      checked.map(([key, value]) => [SETTINGS[key as keyof typeof SETTINGS].name, value]),
    );
    expect(faultsOf(environment)).toHaveLength(checked.length);
    expect(new ConfigError(faultsOf(environment)).message).toContain(
      'CAUDAL_LOG_LEVEL "loud" must be one of',
    );
  });

  it('does not repeat secrets, nor addresses that hold a password', () => {
    const faults = faultsOf({ CAUDAL_MASTER_KEY: 'hunter2', DATABASE_URL: 'mysql://me:hunter2@db' });
    expect(faults).toHaveLength(2);
    expect(faults.join()).not.toContain('hunter2');
  });

  it('wants both keys in server mode', () => {
    const { DATABASE_URL, REDIS_URL } = SERVER;
    expect(faultsOf({ DATABASE_URL, REDIS_URL })).toEqual([
      expect.stringContaining('CAUDAL_MASTER_KEY'),
      expect.stringContaining('CAUDAL_ADMIN_KEY'),
    ]);
  });

  it('refuses a lease that could end before a call does', () => {
    expect(faultsOf({ CAUDAL_LEASE_MS: '10000' })).toEqual([expect.stringContaining('at least')]);
  });

  it('refuses a variable of Caudal that it does not know: it is a slip of the pen', () => {
    expect(faultsOf({ CAUDAL_BATCHSIZE: '5' })).toEqual(['CAUDAL_BATCHSIZE is not a setting of Caudal']);
  });
});
