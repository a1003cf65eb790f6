import { assertNever } from '../common/assert-never.js';
import { because, type SendingReason } from '../queue/sending-reason.js';
import type { Campaign } from './campaign.js';

/** What the campaign itself says; null when it is sending, and then only its channels can say why it is not. */
export function reasonOf(campaign: Campaign): SendingReason | null {
  const { status, statusAt, statusBy, statusReason } = campaign;
  switch (status) {
    case 'draft':
      return because('not_started', statusAt);
    case 'sending':
      return null;
    case 'scheduled':
    case 'preparing':
    case 'completed':
      return because(status, statusAt);
    case 'pausing':
    case 'paused':
      return because(status, statusAt, statusBy);
    case 'stopping':
    case 'stopped':
      return because(status, statusAt, statusBy, statusReason);
    case 'held':
    case 'failed':
      return because(status, statusAt, statusReason);
    default:
      return assertNever(status);
  }
}
