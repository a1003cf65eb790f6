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
  /** Of what is started by itself; later, a person is asked. */
  readonly mostLatenessMs: number;
  /** How long evidence of an unknown outcome is waited for. */
  /** Of campaigns that say nothing of it; null: none. */
  readonly holdOnFailures: { readonly rate: number; readonly of: number } | null;
  /** Of one process, in a row and with the same code; 0: never. */
  readonly holdOnRefusals: number;
  readonly unknownHorizonMs: number;
  /** Of marketing campaigns that say nothing of it; null: none. */
  readonly frequencyCap: { readonly messages: number; readonly days: number } | null;
}

export interface BreakerConfig {
  readonly failures: number;
  readonly openMs: number;
}

/** What is done about channels between their sends. */
export interface UpkeepConfig {
  readonly sessionCheckMs: number;
  readonly sessionRestarts: number;
  readonly sessionRestartMs: number;
  readonly accountCheckMs: number;
}

/** How events are told to those who subscribed. */
export interface DeliveryConfig {
  readonly timeoutMs: number;
  /** Before the second try; doubles with each. */
  readonly retryMs: number;
  readonly giveUpMs: number;
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
  /** How long a transaction may keep old rows from being cleaned away before somebody is told. */
  readonly oldSnapshotMs: number;
}

/** What people say to stop and to resume being written to; empty: what is built in. */
export interface ConsentConfig {
  readonly stopWords: readonly string[];
  readonly resumeWords: readonly string[];
  /** `off`: none. */
  readonly stopReply: string;
  readonly resumeReply: string;
}

/** For how many days each is kept after its end; 0 keeps it for ever. */
export interface RetentionConfig {
  readonly messageDays: number;
  readonly contentDays: number;
  readonly webhookDays: number;
  readonly inboundDays: number;
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
  /** Recipients above which start asks for a word more; 0: it never does. */
  abstract readonly confirmAbove: number;
  abstract readonly privateHosts: readonly string[];
  abstract readonly simulatorUrl: string | undefined;
  abstract readonly simulatorPort: number;
  abstract readonly webhookMaxBytes: number;
  /** `direct`: applied in the transaction that stores them, before the answer. */
  abstract readonly webhookMode: 'queued' | 'direct';
  abstract readonly webhookSpoolMaxBytes: number;
  abstract readonly webhookRefusalsPerMinute: number;
  /** Proxies whose X-Forwarded-For is believed; without one, nobody's is. */
  abstract readonly trustProxy: readonly string[];
  /** Of a file of a message that came in. */
  abstract readonly mediaMaxBytes: number;
  abstract readonly consent: ConsentConfig;
  abstract readonly engine: EngineConfig;
  abstract readonly breaker: BreakerConfig;
  abstract readonly upkeep: UpkeepConfig;
  abstract readonly deliveries: DeliveryConfig;
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
