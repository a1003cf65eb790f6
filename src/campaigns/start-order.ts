import type { Principal } from '../auth/principal.js';
import { assertNever } from '../common/assert-never.js';
import type { Campaign } from './campaign.js';
import { CampaignRecursError, CampaignStatusError } from './campaign.errors.js';
import { nextStatus, type CampaignEvent } from './campaign-state.js';

/** Why a campaign is started. */
export type StartOrder =
  /** `isUnconfirmed`: refused where it is larger than what is started without a word more (CAUDAL_CONFIRM_ABOVE). */
  | { readonly kind: 'by-hand'; readonly isUnconfirmed?: boolean }
  /** Its time has come, as of this instant. */
  | { readonly kind: 'due'; readonly now: Date }
  /** It was held before it started, and somebody says that it may. */
  | { readonly kind: 'confirmed'; readonly by: Principal };

export const BY_HAND: StartOrder = { kind: 'by-hand' };

export function eventOf({ kind }: StartOrder): CampaignEvent {
  return kind === 'confirmed' ? 'confirmStart' : 'start';
}

/** Throws where the order makes no sense for the campaign as it is. */
export function refuseStart(campaign: Campaign, order: StartOrder): void {
  const { status, recurrence } = campaign;
  const done = order.kind === 'confirmed' ? 'confirmed' : 'started';
  if (nextStatus(status, eventOf(order)) === null) throw new CampaignStatusError(done, status);
  if (recurrence !== null) throw new CampaignRecursError();
  switch (order.kind) {
    case 'by-hand':
      return;
    case 'due':
      // Somebody moved or took away its time since it was found.
      if (status !== 'scheduled' || campaign.dueAt === null || campaign.dueAt > order.now) {
        throw new CampaignStatusError(done, status, 'it is not due.');
      }
      return;
    case 'confirmed':
      if (campaign.dispatchId !== null) throw new CampaignStatusError(done, status, 'it has begun.');
      return;
    default:
      return assertNever(order);
  }
}
