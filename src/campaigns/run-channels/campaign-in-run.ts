import type { Campaign } from '../campaign.js';
import { CampaignStatusError } from '../campaign.errors.js';
import { isInMotion } from '../campaign-state.js';

/** A campaign of which something may still be sent. */
export type CampaignInRun = Campaign & { readonly dispatchId: string };

/** Throws where nothing of it was prepared, or nothing more will be sent; `what` completes "cannot be …". */
export function runOf(campaign: Campaign, what: string, draftHint = 'it has not begun.'): CampaignInRun {
  const { status, dispatchId } = campaign;
  if (dispatchId !== null && isInMotion(status) && status !== 'stopping') return { ...campaign, dispatchId };
  throw new CampaignStatusError(what, status, dispatchId === null ? draftHint : 'nothing of it is sent.');
}
