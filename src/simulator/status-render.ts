import { FAILURE_CODES } from './message-life.js';
import { webhookError } from './graph-error.js';
import type { Ledger } from './ledger.js';
import { eventAfterSeconds, eventKind, eventRow } from './status-event.js';

export interface StatusUpdate {
  id: string;
  status: string;
  timestampSeconds: number;
  recipientId: string;
  callbackData?: string;
  category?: 'marketing' | 'service';
  errorCode?: number;
}

/** One element of `statuses[]`. The price comes with delivered, as it does for most messages. */
export function renderStatus(update: StatusUpdate): string {
  let json =
    `{"id":${JSON.stringify(update.id)},"status":${JSON.stringify(update.status)},` +
    `"timestamp":"${update.timestampSeconds}","recipient_id":${JSON.stringify(update.recipientId)}`;
  if (update.status === 'delivered' && update.category) {
    json += `,"pricing":{"billable":true,"pricing_model":"PMP","category":"${update.category}","type":"regular"}`;
  }
  if (update.errorCode !== undefined) json += `,"errors":[${JSON.stringify(webhookError(update.errorCode))}]`;
  if (update.callbackData) json += `,"biz_opaque_callback_data":${JSON.stringify(update.callbackData)}`;
  return `${json}}`;
}

export function renderEvent(ledger: Ledger, event: number): string {
  const row = eventRow(event);
  const status = eventKind(event);
  return renderStatus({
    id: ledger.idOf(row),
    status,
    timestampSeconds: Math.floor(ledger.log.arrivedMs[row]! / 1000) + eventAfterSeconds(event),
    recipientId: ledger.waId(row),
    callbackData: ledger.log.callbackData(row),
    category: ledger.log.type(row) === 'template' ? 'marketing' : 'service',
    ...(status === 'failed' && { errorCode: FAILURE_CODES[ledger.log.failure[row]!]! }),
  });
}
