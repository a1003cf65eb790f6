import { createHash, timingSafeEqual } from 'node:crypto';
import type { WebhookProof } from '../provider.js';

/** Whether a webhook brings the token, bare or as a bearer's. Takes the same time for every wrong one; never throws. */
export function bringsToken(token: string | undefined, header: string, { headers }: WebhookProof): boolean {
  const given = headers[header];
  if (token === undefined || token === '' || typeof given !== 'string') return false;
  const bare = given.replace(/^Bearer /i, '');
  return timingSafeEqual(digest(bare), digest(token));
}

/** Equal lengths, so that the comparison says nothing of the token's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
