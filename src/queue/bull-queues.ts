/** Bell queue: each job asks for one turn of a worker at one (dispatch, channel). A doorbell, never a ledger. */
export const BELL_QUEUE = 'bells';
/** The same for single messages: they do not stand in line behind turns of campaigns. */
export const STREAM_BELL_QUEUE = 'stream-bells';
/** Campaigns to prepare. A doorbell too: the campaign's row says what is left to do. */
export const CAMPAIGN_QUEUE = 'campaigns';

export interface BellJob {
  readonly v: 1;
  readonly dispatchId: string;
  readonly channelId: string;
}

export interface CampaignJob {
  readonly v: 1;
  readonly campaignId: string;
}

/** Kept for people who look at the queue; nothing reads them back. */
export const KEPT_COMPLETED_JOBS = 100;
export const KEPT_FAILED_JOBS = 50;
