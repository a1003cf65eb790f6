import { daysKept, setting } from './setting-kinds.js';

/** For how long things are kept. */
export const RETENTION_SETTINGS = {
  keepMessagesDays: setting(
    'CAUDAL_KEEP_MESSAGES_DAYS',
    '365',
    'Days for which the recipients of what has ended are kept, one by one; 0: for ever.',
    daysKept(10),
  ),
  keepContentDays: setting(
    'CAUDAL_KEEP_CONTENT_DAYS',
    '90',
    'Days for which variables and texts of what has ended are kept; 0: for ever.',
    daysKept(2),
  ),
  keepWebhooksDays: setting(
    'CAUDAL_KEEP_WEBHOOKS_DAYS',
    '30',
    'Days for which webhooks are kept as they came; 0: for ever.',
    daysKept(8),
  ),
  keepInboundDays: setting(
    'CAUDAL_KEEP_INBOUND_DAYS',
    '0',
    'Days for which messages that people wrote are kept, and conversations after their last message; 0: for ever.',
    daysKept(8),
  ),
  keepImportsDays: setting(
    'CAUDAL_KEEP_IMPORTS_DAYS',
    '30',
    'Days for which the rejected rows of an import are kept; 0: for ever.',
    daysKept(1),
  ),
  keepEventsDays: setting(
    'CAUDAL_KEEP_EVENTS_DAYS',
    '30',
    'Days for which events are kept; 0: for ever.',
    daysKept(1),
  ),
} as const;
