import { assertNever } from '../common/assert-never.js';
import { because, type SendingReason } from '../queue/sending-reason.js';
import type { Campaign } from './campaign.js';

/** What the campaign itself says; null when it is sending, and then only its channels can say why it is not. */
export function reasonOf(campaign: Campaign): SendingReason | null {
  const { status, statusAt, statusBy, statusReason, dueAt, holdCode } = campaign;
  switch (status) {
    case 'draft':
      return because('not_started', statusAt);
    case 'sending':
      return null;
    case 'scheduled':
      return because('waiting_for_schedule', statusAt, dueAt, statusReason);
    case 'preparing':
    case 'completed':
      return because(status, statusAt);
    case 'pausing':
    case 'paused':
    case 'stopping':
    case 'stopped':
      return because(status, statusAt, statusBy, statusReason);
    case 'held':
      return because(holdCode === 'late' ? 'held_late' : 'held', statusAt, statusReason);
    case 'failed':
      return because(status, statusAt, statusReason);
    default:
      return assertNever(status);
  }
}
