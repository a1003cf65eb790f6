import { createHmac } from 'node:crypto';
import { macKeyOf } from '../common/mac-key.js';

/** Whom a POST is about. */
export interface WebhookSender {
  wabaId: string;
  displayPhoneNumber: string;
  phoneNumberId: string;
}

/** Updates as JSON texts, so that a batch is joined, not serialised again. */
export interface WebhookBatch {
  statuses: readonly string[];
  contacts: readonly string[];
  messages: readonly string[];
}

/** Statuses and inbound messages are two changes of one entry, as they come from the real service. */
export function webhookBody(sender: WebhookSender, batch: WebhookBatch): Buffer {
  const head =
    `"messaging_product":"whatsapp","metadata":{"display_phone_number":${JSON.stringify(sender.displayPhoneNumber)},` +
    `"phone_number_id":${JSON.stringify(sender.phoneNumberId)}}`;
  const changes: string[] = [];
  if (batch.statuses.length > 0) {
    changes.push(`{"value":{${head},"statuses":[${batch.statuses.join(',')}]},"field":"messages"}`);
  }
  if (batch.messages.length > 0) {
    const contacts = batch.contacts.join(',');
    const messages = batch.messages.join(',');
    changes.push(`{"value":{${head},"contacts":[${contacts}],"messages":[${messages}]},"field":"messages"}`);
  }
  const entry = `{"id":${JSON.stringify(sender.wabaId)},"changes":[${changes.join(',')}]}`;
  return Buffer.from(escaped(`{"object":"whatsapp_business_account","entry":[${entry}]}`), 'latin1');
}

export function signatureOf(body: Buffer, appSecret: string): string {
  return `sha256=${createHmac('sha256', macKeyOf(appSecret)).update(body).digest('hex')}`;
}

/**
 * Meta sends pure ASCII with slashes escaped, so a receiver that signs a body it has parsed and written again fails.
 * Only strings can hold either, and both escapes are valid there.
 */
function escaped(json: string): string {
  return json
    .replaceAll('/', String.raw`\/`)
    .replace(/[\u0080-\uffff]/g, (unit) => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}
