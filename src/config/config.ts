import type { CountryCode } from 'libphonenumber-js';

export const ROLES = ['api', 'router', 'worker'] as const;
export type Role = (typeof ROLES)[number];

/** How the engine works; every number is a setting of the same name in docs/configuration.md. */
export interface EngineConfig {
  readonly batchSize: number;
  readonly maxConcurrentBatches: number;
  /** Turns that one process works at once, over all dispatches and channels. */
  readonly maxTurns: number;
  /** Calls to providers that one process has open at once, per channel. */
  readonly maxOpenCalls: number;
  readonly turnMs: number;
  readonly leaseMs: number;
  readonly sendTimeoutMs: number;
  readonly campaignTries: number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  /** Of a single or bulk message; a campaign's are `campaignTries`. */
  readonly messageRetries: number;
  readonly messageRetryMs: number;
  readonly failoverAfterMs: number;
  /** How long evidence of an unknown outcome is waited for. */
  readonly unknownHorizonMs: number;
}

export interface BreakerConfig {
  readonly failures: number;
  readonly openMs: number;
}

export interface ImportConfig {
  readonly maxFileBytes: number;
  readonly maxRowBytes: number;
  readonly maxColumns: number;
}

/** Connections of one process to Postgres, by what they are for. */
export interface DatabaseConfig {
  readonly workConnections: number;
  readonly sendConnections: number;
  readonly intakeConnections: number;
  readonly reportConnections: number;
  /** The longest statement of a report. */
  readonly reportTimeoutMs: number;
}

/** For how many days each is kept after its end; 0 keeps it for ever. */
export interface RetentionConfig {
  readonly messageDays: number;
  readonly contentDays: number;
  readonly webhookDays: number;
  readonly importDays: number;
  readonly eventDays: number;
}

/** Everything that can be set, read once at boot and frozen. Injected by this class as its token. */
export abstract class Config {
  abstract readonly version: string;
  /** `embedded` when Caudal runs its own Postgres or Redis, `server` when both are given. */
  abstract readonly mode: 'embedded' | 'server';
  abstract readonly roles: ReadonlySet<Role>;
  abstract readonly host: string;
  abstract readonly port: number;
  abstract readonly publicUrl: string | undefined;
  abstract readonly dataDir: string;
  abstract readonly databaseUrl: string | undefined;
  abstract readonly redisUrl: string | undefined;
  abstract readonly redisPrefix: string;
  abstract readonly masterKey: string | undefined;
  abstract readonly adminKey: string | undefined;
  abstract readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  abstract readonly logFormat: 'json' | 'pretty' | undefined;
  abstract readonly corsOrigins: readonly string[];
  abstract readonly legacyWorkspace: string | undefined;
  abstract readonly defaultCountry: CountryCode | undefined;
  abstract readonly privateHosts: readonly string[];
  abstract readonly simulatorUrl: string | undefined;
  abstract readonly simulatorPort: number;
  abstract readonly webhookMaxBytes: number;
  abstract readonly engine: EngineConfig;
  abstract readonly breaker: BreakerConfig;
  abstract readonly imports: ImportConfig;
  abstract readonly database: DatabaseConfig;
  abstract readonly retention: RetentionConfig;
}

/** A config in which the parts that embedded mode makes are there. */
export type ReadyConfig = Config & {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly masterKey: string;
  readonly adminKey: string;
};
