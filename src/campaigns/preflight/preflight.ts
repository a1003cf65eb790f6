import type { MessageCategory } from '../../ledger/suppression.js';
import type { CampaignStatus } from '../campaign-state.js';
import type { MissingVariable } from '../campaign.errors.js';
import type { CostEstimate } from './preflight-cost.js';
import type { PreflightCounts } from './preflight-count.js';
import type { RenderedSample } from './preflight-samples.js';
import type { PreflightChannel, PreflightWarning } from './preflight-warnings.js';

/** What a campaign would do if it were started now. */
export interface Preflight {
  readonly campaignId: string;
  readonly status: CampaignStatus;
  /** That of its template, where that is known. */
  readonly category: MessageCategory;
  readonly counts: PreflightCounts;
  readonly missingVariables: readonly MissingVariable[];
  readonly samples: readonly RenderedSample[];
  /** By limits and pacing; 0 where nothing limits it. */
  readonly durationMs: number;
  /** ISO 8601, from its time if it waits for one; null where nothing limits it. */
  readonly finishesAt: string | null;
  readonly channels: readonly PreflightChannel[];
  /** Null without prices. */
  readonly cost: CostEstimate | null;
  readonly warnings: readonly PreflightWarning[];
  readonly needsConfirmation: boolean;
}
