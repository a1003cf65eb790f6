import { createHmac, timingSafeEqual } from 'node:crypto';
import { macKeyOf } from '../../../common/mac-key.js';
import type { WebhookProof } from '../provider.js';

const HEADER = 'x-hub-signature-256';
/** As Meta writes it: this algorithm alone, lower-case hex. */
const FORM = /^sha256=[0-9a-f]{64}$/;

/** Whether these bytes were signed with this app secret. Never throws; takes the same time for every wrong signature. */
export function isSignedWith(appSecret: string, { headers, rawBody }: WebhookProof): boolean {
  const given = headers[HEADER];
  if (appSecret === '' || typeof given !== 'string' || !FORM.test(given)) return false;
  const expected = createHmac('sha256', macKeyOf(appSecret)).update(rawBody).digest();
  const signature = Buffer.from(given.slice('sha256='.length), 'hex');
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}
