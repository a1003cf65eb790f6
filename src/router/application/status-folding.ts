import { furthest } from '../../ledger/message-state.js';
import type { StatusEvidence } from '../../ledger/status.repository.js';
import type { CorrelatedMessage } from './correlation-id.js';
import type { StatusElement } from './webhook-body.js';

/** A status and the message that it speaks of. */
export interface ResolvedStatus {
  readonly element: StatusElement;
  readonly message: CorrelatedMessage;
  readonly channelId: string;
}

/**
 * One piece of evidence a message, whatever number and order of statuses came: the furthest of them, the first time
 * of each, and the newest attempt. Providers report sent, delivered and read within seconds, often in one body; this
 * makes three updates of a row one.
 */
export function foldStatuses(resolved: readonly ResolvedStatus[]): StatusEvidence[] {
  const folded = new Map<string, StatusEvidence>();
  for (const one of resolved) {
    const key = messageKey(one.message, one.channelId);
    const known = folded.get(key);
    if (known === undefined) folded.set(key, evidenceOf(one));
    else folded.set(key, merge(known, evidenceOf(one)));
  }
  return [...folded.values()];
}

/** Names a message of a channel. */
export function messageKey(message: { dispatchId: string; seq: number }, channelId: string): string {
  return `${message.dispatchId}:${message.seq}:${channelId}`;
}

function evidenceOf({ element, message, channelId }: ResolvedStatus): StatusEvidence {
  const { status, at, code, reason } = element.update;
  return {
    ...message,
    channelId,
    status,
    at: { sent: null, delivered: null, read: null, failed: null, [status]: at },
    code: code ?? null,
    reason: reason ?? null,
  };
}

function merge(a: StatusEvidence, b: StatusEvidence): StatusEvidence {
  // Having failed is true of the attempt that did, and says nothing of one that was made after it.
  const [older, newer] = a.attempt <= b.attempt ? [a, b] : [b, a];
  if (older.attempt < newer.attempt && older.status === 'failed') return newer;
  return {
    ...a,
    attempt: Math.max(a.attempt, b.attempt),
    status: furthest(a.status, b.status),
    at: {
      sent: earlier(a.at.sent, b.at.sent),
      delivered: earlier(a.at.delivered, b.at.delivered),
      read: earlier(a.at.read, b.at.read),
      failed: earlier(a.at.failed, b.at.failed),
    },
    code: a.code ?? b.code,
    reason: a.reason ?? b.reason,
  };
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a.getTime() <= b.getTime() ? a : b;
}
