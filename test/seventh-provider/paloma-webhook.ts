import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookProof } from '../../src/channels/providers/provider.js';
import type { StatusUpdate, WebhookElement } from '../../src/channels/providers/webhook-element.js';

const WORDS: Readonly<Record<string, StatusUpdate['status']>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
};

/** On the bytes as they came; the same time for every wrong signature. */
export function isSignedByPaloma({ headers, rawBody }: WebhookProof, signingKey: string): boolean {
  const given = headers['x-paloma-signature'];
  if (typeof given !== 'string' || !/^[0-9a-f]{64}$/.test(given)) return false;
  const expected = createHmac('sha256', signingKey).update(rawBody).digest();
  return timingSafeEqual(Buffer.from(given, 'hex'), expected);
}

/** Paloma posts one event at a time. What it means is said in Caudal's words; what nobody knows is left aside. */
export function parsePalomaWebhook(body: unknown): WebhookElement[] {
  const { line, id, ref, status, at } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof status !== 'string' || !Object.hasOwn(WORDS, status)) {
    return [{ kind: 'ignored', element: 0, what: 'event' }];
  }
  if (typeof line !== 'string' || typeof id !== 'string' || typeof at !== 'number') {
    return [{ kind: 'unreadable', element: 0, reason: 'a status without line, id or at' }];
  }
  return [
    {
      kind: 'status',
      element: 0,
      accountRef: line,
      providerId: id,
      correlationId: typeof ref === 'string' ? ref : null,
      status: WORDS[status]!,
      at: new Date(at * 1000),
      ...(status === 'failed' && { code: 'failed', reason: 'Paloma could not deliver the message.' }),
    },
  ];
}
