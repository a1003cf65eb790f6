import type { MessageState } from '../src/ledger/message-state.js';
import type { ApiClient } from './api-client.js';

/** How many recipients are in each state. */
export type StateCounts = Readonly<Record<MessageState, number>>;

export interface CampaignProgress {
  readonly status: string;
  readonly progress: StateCounts & { readonly processed: number; readonly total: number };
  readonly reason?: { readonly code: string; readonly text: string } | null;
}

export async function progressOf(api: ApiClient, campaignId: string): Promise<CampaignProgress> {
  const { status } = await api.get<{ status: CampaignProgress }>(`/api/campaigns/${campaignId}/queue-status`);
  return status;
}
