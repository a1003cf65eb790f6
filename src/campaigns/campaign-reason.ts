import { assertNever } from '../common/assert-never.js';
import { because, type SendingReason } from '../queue/sending-reason.js';
import type { Campaign } from './campaign.js';
import { stagesOf } from './governance/campaign-stages.js';

/** What the campaign itself says; null when some of it may be sent, and then only its channels can say why it is not. */
export function reasonOf(campaign: Campaign): SendingReason | null {
  const { status, statusAt, statusBy, statusReason, dueAt, holdCode } = campaign;
  switch (status) {
    case 'draft':
      return because('not_started', statusAt);
    case 'sending':
      return stageReason(campaign);
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
      return because(holdCode === null ? 'held' : `held_${holdCode}`, statusAt, statusReason);
    case 'failed':
      return because(status, statusAt, statusReason);
    default:
      return assertNever(status);
  }
}

/** While what it was let send is settled, and what comes next is not decided. */
function stageReason(campaign: Campaign): SendingReason | null {
  const { settledStage, winner } = campaign;
  if (settledStage === null) return null;
  const { stage, at } = settledStage;
  const settled = stagesOf(campaign)[stage];
  if (settled === undefined) return null;
  switch (settled.kind) {
    case 'canary':
      return because('canary_waiting', at, new Date(at.getTime() + settled.canary.waitMs));
    case 'test':
      return because('test_waiting', at, new Date(at.getTime() + (winner?.afterMinutes ?? 0) * 60_000));
    default:
      return assertNever(settled);
  }
}
