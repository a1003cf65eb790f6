import { failureLimit, frequencyCap, setting, wholeNumber } from './setting-kinds.js';

/** Of what sends. */
export const ENGINE_SETTINGS = {
  batchSize: setting('BATCH_SIZE', '500', 'Most messages in one leased batch.', wholeNumber(1, 5000)),
  maxConcurrentBatches: setting(
    'MAX_CONCURRENT_BATCHES',
    '5',
    'Batches of one campaign and channel that one process works at once.',
    wholeNumber(1, 50),
  ),
  maxTurns: setting(
    'CAUDAL_MAX_TURNS',
    '100',
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
    'Further tries of a single or bulk message that a provider asks to repeat.',
    wholeNumber(0, 50),
  ),
  messageRetryMs: setting(
    'CAUDAL_MESSAGE_RETRY_MS',
    '5000',
    'Wait before each further try of a single or bulk message.',
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
  failoverAfterMs: setting(
    'CAUDAL_FAILOVER_AFTER_MS',
    '5000',
    'Time for which a channel must be unable to send before the others of its campaign take over its work.',
    wholeNumber(0, 3_600_000),
  ),
  mostLatenessMs: setting(
    'CAUDAL_MOST_LATENESS_MS',
    '3600000',
    'A scheduled campaign that is found later than this after its time is held, and a person asked.',
    wholeNumber(1000, 2_592_000_000),
  ),
  holdOnFailures: setting(
    'CAUDAL_HOLD_ON_FAILURES',
    'off',
    'Failures of its last messages above which a campaign is held that says nothing of it, such as "30% of 100"; off: none.',
    failureLimit,
  ),
  holdOnRefusals: setting(
    'CAUDAL_HOLD_ON_REFUSALS',
    '50',
    'Messages in a row that a provider refuses with the same code, for what is wrong with the message and not with the person, before their campaign is held; 0: it never is.',
    wholeNumber(0, 1_000_000),
  ),
  frequencyCap: setting(
    'CAUDAL_FREQUENCY_CAP',
    'off',
    'Marketing messages that one contact gets in so many days at most, over all campaigns that say nothing of it, such as "2 in 7 days"; off: any number.',
    frequencyCap,
  ),
  unknownHorizonMs: setting(
    'CAUDAL_UNKNOWN_HORIZON_MS',
    '86400000',
    'Time after which a message without a known outcome is unconfirmed, and may be sent again if a person says so.',
    wholeNumber(60_000, 2_592_000_000),
  ),
} as const;
