import { member } from '../json-reader.js';

type AckStatus = 'sent' | 'delivered' | 'read' | 'failed';

/** PENDING (0) is no status: the message waits in the session. PLAYED is a voice message listened to: read and more. */
const STATUSES: Readonly<Record<string, AckStatus>> = {
  '-1': 'failed',
  '1': 'sent',
  '2': 'delivered',
  '3': 'read',
  '4': 'read',
  ERROR: 'failed',
  SERVER: 'sent',
  DEVICE: 'delivered',
  READ: 'read',
  PLAYED: 'read',
};

/** The status in `ack`, or in `ackName` where that is missing; undefined for PENDING and for words that are new. */
export function statusOfAck(message: unknown): AckStatus | undefined {
  const ack = member(message, 'ack') ?? member(message, 'ackName');
  if (typeof ack !== 'number' && typeof ack !== 'string') return undefined;
  return Object.hasOwn(STATUSES, String(ack)) ? STATUSES[String(ack)] : undefined;
}
