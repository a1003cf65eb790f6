import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { SharedReadings } from '../common/shared-readings.js';
import { within } from '../common/within.js';
import { Config } from '../config/config.js';
import { databaseBusy } from '../database/database-fault.js';
import type { DispatchProgress } from '../ledger/dispatch.js';
import { SlowedChannels } from '../queue/adaptive-channels.js';
import { SendingReasons, type SendingView } from '../queue/sending-reasons.js';
import type { Campaign } from './campaign.js';
import { CampaignNotFoundError } from './campaign.errors.js';
import { CampaignMetricsRepository, type Pulse } from './campaign-metrics.repository.js';
import { reasonOf } from './campaign-reason.js';
import { progressOf, sentCount, type CampaignMetrics, type CampaignRunStatus } from './campaign-status.js';
import { CampaignTotals } from './campaign-totals.js';
import { CampaignRepository } from './campaign.repository.js';
import { RunForecast } from './run-forecast.js';
import { unsettledOf } from './resend/unsettled.js';
import { WindowRules } from './windows/window-rules.js';

/** While a campaign sends, its numbers are outdated as soon as they are read: a tenth of a second more is nothing. */
const FRESH_MS = 100;
const MOST_AGE_MS = 500;
/** Behind a lock that somebody else holds, a screen would show nothing for as long as statements wait for locks. */
const MOST_WAIT_MS = 3000;

/** Says how a campaign goes, in time that does not grow with its size. */
@Injectable()
export class CampaignStatusService {
  private readonly readings = new SharedReadings<CampaignRunStatus>({
    freshMs: FRESH_MS,
    mostMs: MOST_AGE_MS,
    mayShare: ({ status }) => status === 'sending',
  });

  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly totals: CampaignTotals,
    private readonly measured: CampaignMetricsRepository,
    private readonly reasons: SendingReasons,
    private readonly slowed: SlowedChannels,
    private readonly forecast: RunForecast,
    private readonly windowRules: WindowRules,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** At most half a second old while it sends, else as it is. */
  of(workspaceId: string, id: string): Promise<CampaignRunStatus> {
    const reading = this.readings.get(`${workspaceId}/${id}`, () => this.read(workspaceId, id));
    return within(MOST_WAIT_MS, reading, databaseBusy);
  }

  /** After an order to the campaign: nobody is told how it was before. */
  forget(workspaceId: string, id: string): void {
    this.readings.forget(`${workspaceId}/${id}`);
  }

  private async read(workspaceId: string, id: string): Promise<CampaignRunStatus> {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    return this.describe(campaign);
  }

  /** All that it asks is asked at once: beside a process that sends, each answer waits for a turn of the event loop. */
  async describe(campaign: Campaign): Promise<CampaignRunStatus> {
    const { id, dispatchId, isPrepared, finishedAt } = campaign;
    const [totals, latencyMs, pulse, sending, slowed, pacedUntil] = await Promise.all([
      this.totals.of(campaign),
      dispatchId === null ? null : this.measured.averageLatencyMs(dispatchId),
      finishedAt === null ? this.measured.pulse(id) : null,
      this.sending(campaign),
      campaign.status === 'sending' ? this.slowed.among(campaign.channelIds) : [],
      this.pacedUntil(campaign),
    ]);
    const { counts, current, batches, failedBatches } = totals;
    const { reason, unable } = sending;
    return {
      campaignId: id,
      status: campaign.status,
      totalJobs: batches.total,
      activeJobs: batches.leased,
      waitingJobs: batches.waiting,
      completedJobs: batches.done,
      failedJobs: failedBatches,
      progress: progressOf(counts, isPrepared ? 0 : (campaign.expected ?? 0)),
      metrics: metricsOf(campaign, current, pulse, latencyMs, this.clock.nowMs(), pacedUntil),
      ...unsettledOf(counts, this.config.engine.unknownHorizonMs),
      ...(reason === null ? {} : { reason }),
      ...(unable.length === 0 ? {} : { unableChannels: unable }),
      ...(slowed.length === 0 ? {} : { slowedChannels: slowed }),
    };
  }

  /** Pacing and hours say what is to come; the rate of the last seconds does not, where delays grow or a pause is near. */
  private async pacedUntil(campaign: Campaign): Promise<string | null> {
    const { status, dispatchId, pacing, ratePerSecond } = campaign;
    if (status !== 'sending' || dispatchId === null) return null;
    if (pacing === null && !(await this.windowRules.bind(campaign))) return null;
    return (await this.forecast.of(campaign, dispatchId, ratePerSecond)).finishesAt;
  }

  private async sending(campaign: Campaign): Promise<SendingView> {
    const own = reasonOf(campaign);
    if (own !== null || campaign.dispatchId === null) return { reason: own, unable: [] };
    return this.reasons.of(campaign.dispatchId, campaign.channelIds);
  }
}

function metricsOf(
  { status, startedAt, finishedAt }: Campaign,
  counts: DispatchProgress,
  pulse: Pulse | null,
  latencyMs: number | null,
  nowMs: number,
  pacedUntil: string | null,
): CampaignMetrics {
  const ratePerSecond =
    pulse === null ? 0 : Math.max(0, (sentCount(counts) - pulse.settled) / pulse.ageSeconds);
  const left = counts.pending + counts.inflight;
  const finishesAt =
    finishedAt ??
    (status === 'sending' && ratePerSecond > 0 ? new Date(nowMs + (left / ratePerSecond) * 1000) : null);
  return {
    ratePerSecond: rounded(ratePerSecond),
    averageLatencyMs: latencyMs === null ? null : rounded(latencyMs),
    startedAt: startedAt?.toISOString() ?? null,
    finishesAt: pacedUntil ?? finishesAt?.toISOString() ?? null,
  };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
