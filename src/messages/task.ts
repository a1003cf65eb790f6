import { assertNever } from '../common/assert-never.js';
import type { MessageState } from '../ledger/message-state.js';

/** The words of a task queue that such clients poll for. */
export const TASK_STATUSES = ['PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'UNKNOWN'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** A single message as it stands. */
export interface TaskMessage {
  readonly state: MessageState;
  /** Tries that were spent. */
  readonly tries: number;
  readonly recipient: string;
  readonly code: string | null;
  /** What the newest attempt that left a trail said. */
  readonly trail: string | null;
  /** Of the newest attempt that the provider took. */
  readonly providerId: string | null;
}

/** What came of a message that nothing more will be done about by itself. */
export interface TaskResult {
  /** Null where nobody can tell. */
  readonly success: boolean | null;
  readonly phone: string;
  readonly providerMessageId: string | null;
  readonly error: { readonly code: string; readonly text: string } | null;
}

export function taskStatus(state: MessageState, tries: number): TaskStatus {
  switch (state) {
    case 'pending':
      return tries === 0 ? 'PENDING' : 'RETRY';
    case 'inflight':
      return 'STARTED';
    case 'accepted':
    case 'sent':
    case 'delivered':
    case 'read':
      return 'SUCCESS';
    case 'failed':
    case 'skipped':
    case 'cancelled':
      return 'FAILURE';
    case 'unknown':
    case 'unconfirmed':
      return 'UNKNOWN';
    default:
      return assertNever(state);
  }
}

/** Nothing more is done about it by itself; of what was accepted, statuses may still come. */
export function isOver({ state, tries }: TaskMessage): boolean {
  return !['PENDING', 'STARTED', 'RETRY'].includes(taskStatus(state, tries));
}

/** Null while it is on its way. */
export function taskResult(message: TaskMessage): TaskResult | null {
  const { recipient: phone, providerId: providerMessageId } = message;
  const status = taskStatus(message.state, message.tries);
  switch (status) {
    case 'PENDING':
    case 'STARTED':
    case 'RETRY':
      return null;
    case 'SUCCESS':
      return { success: true, phone, providerMessageId, error: null };
    case 'FAILURE':
      return { success: false, phone, providerMessageId, error: errorOf(message) };
    case 'UNKNOWN':
      return { success: null, phone, providerMessageId, error: errorOf(message) };
    default:
      return assertNever(status);
  }
}

/** Codes of ours that leave no trail. */
const OWN_REASONS: ReadonlyMap<string, string> = new Map([
  ['suppressed', 'This person opted out, or must not be written to.'],
  ['stopped', 'It was stopped before it was sent.'],
]);

function errorOf({ state, code, trail }: TaskMessage): NonNullable<TaskResult['error']> {
  const known = code ?? state;
  return { code: known, text: OWN_REASONS.get(known) ?? trail ?? known };
}
