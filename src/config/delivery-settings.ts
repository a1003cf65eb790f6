import { setting, wholeNumber } from './setting-kinds.js';

/** Of webhooks out. */
export const DELIVERY_SETTINGS = {
  deliveryTimeoutMs: setting(
    'CAUDAL_DELIVERY_TIMEOUT_MS',
    '15000',
    'Total deadline of one call to the endpoint of a subscription.',
    wholeNumber(100, 20_000),
  ),
  deliveryRetryMs: setting(
    'CAUDAL_DELIVERY_RETRY_MS',
    '5000',
    'Wait before an event is sent to an endpoint again; doubles with each try, up to an hour.',
    wholeNumber(10, 3_600_000),
  ),
  deliveryGiveUpMs: setting(
    'CAUDAL_DELIVERY_GIVE_UP_MS',
    '86400000',
    'Time after which an event that its endpoint did not take is given up, and one that took nothing is disabled.',
    wholeNumber(100, 604_800_000),
  ),
} as const;
