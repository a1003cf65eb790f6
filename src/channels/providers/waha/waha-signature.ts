import { createHmac, timingSafeEqual } from 'node:crypto';
import { macKeyOf } from '../../../common/mac-key.js';
import type { WebhookProof } from '../provider.js';

const HEADER = 'x-webhook-hmac';
/** SHA-512 in hex; WAHA names the algorithm in a header of its own and has no other. */
const FORM = /^[0-9a-f]{128}$/i;

/** Whether these bytes were signed with this key. Never throws; takes the same time for every wrong signature. */
export function isSignedWith(hmacKey: string, { headers, rawBody }: WebhookProof): boolean {
  const given = headers[HEADER];
  if (hmacKey === '' || typeof given !== 'string' || !FORM.test(given)) return false;
  const expected = createHmac('sha512', macKeyOf(hmacKey)).update(rawBody).digest();
  return timingSafeEqual(Buffer.from(given, 'hex'), expected);
}
