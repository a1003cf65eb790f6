import type { MessageContent } from '../channels/providers/message-content.js';
import type { MessageCategory } from '../ledger/suppression.js';
import type { Audience } from './audience.js';
import type { CampaignStatus } from './campaign-state.js';

/** What a person decides about a campaign before it starts. */
export interface CampaignPlan {
  readonly name: string;
  readonly content: MessageContent;
  readonly audience: Audience;
  readonly channelIds: readonly string[];
  readonly category: MessageCategory;
  /** Over all its channels, beside their limits; null or missing: those alone. */
  readonly ratePerSecond?: number | null;
}

export interface Campaign extends CampaignPlan {
  readonly ratePerSecond: number | null;
  readonly id: string;
  readonly workspaceId: string;
  readonly status: CampaignStatus;
  /** Since when, by whom, and why where it is not plain. */
  readonly statusAt: Date;
  readonly statusBy: string;
  readonly statusReason: string | null;
  /** Its messages in the ledger; null before it was started. */
  readonly dispatchId: string | null;
  /** All of the audience is in the ledger. */
  readonly isPrepared: boolean;
  /** Recipients that the audience held at start. */
  readonly expected: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}
