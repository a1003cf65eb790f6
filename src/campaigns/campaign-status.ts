import type { BatchCounts } from '../ledger/progress.repository.js';
import type { DispatchProgress } from '../ledger/dispatch.js';
import type { SlowedChannel } from '../queue/adaptive-channels.js';
import type { SendingReason } from '../queue/sending-reason.js';
import type { UnableChannel } from '../queue/sending-reasons.js';
import type { CampaignStatus } from './campaign-state.js';
import type { Unsettled } from './resend/unsettled.js';

/** How many were sent or refused, and how far that is. */
export interface CampaignProgress extends DispatchProgress {
  readonly processed: number;
  readonly success: number;
  readonly percentage: number;
}

export interface CampaignMetrics {
  /** Over the last seconds; 0 when nothing was settled in them. */
  readonly ratePerSecond: number;
  /** From the barrier to the provider's acceptance; null before the first. */
  readonly averageLatencyMs: number | null;
  readonly startedAt: string | null;
  /** At this rate; null when nothing tells. Of a finished one, when it did. */
  readonly finishesAt: string | null;
}

/** How a campaign goes. A job is a batch. */
export interface CampaignRunStatus {
  readonly campaignId: string;
  readonly status: CampaignStatus;
  readonly totalJobs: number;
  readonly activeJobs: number;
  readonly waitingJobs: number;
  readonly completedJobs: number;
  readonly failedJobs: number;
  readonly progress: CampaignProgress;
  readonly metrics: CampaignMetrics;
  /** Messages of which nobody can tell whether they arrived; left out where there are none. */
  readonly unsettled?: Unsettled;
  readonly reason?: SendingReason;
  /** Of a campaign with several channels, those that send nothing now. */
  readonly unableChannels?: readonly UnableChannel[];
  /** Those that send, and slower than they may. */
  readonly slowedChannels?: readonly SlowedChannel[];
}

export const NO_BATCHES: BatchCounts = { total: 0, leased: 0, waiting: 0, done: 0 };

export const NO_PROGRESS: DispatchProgress = {
  total: 0,
  pending: 0,
  inflight: 0,
  accepted: 0,
  sent: 0,
  delivered: 0,
  read: 0,
  failed: 0,
  unknown: 0,
  unconfirmed: 0,
  skipped: 0,
  cancelled: 0,
};

/** `expected`: what the total grows to while rows are still being prepared. */
export function progressOf(counts: DispatchProgress, expected: number): CampaignProgress {
  const processed = counts.total - counts.pending - counts.inflight;
  const success = counts.accepted + counts.sent + counts.delivered + counts.read;
  const whole = Math.max(counts.total, expected);
  const percentage = whole === 0 ? 0 : Math.floor((processed / whole) * 1000) / 10;
  return { ...counts, processed, success, percentage };
}

/** Messages that a provider was asked to take, whatever it answered. */
export function sentCount(counts: DispatchProgress): number {
  const { accepted, sent, delivered, read, failed, unknown, unconfirmed } = counts;
  return accepted + sent + delivered + read + failed + unknown + unconfirmed;
}
