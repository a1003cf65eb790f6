import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CampaignNotFoundError } from './campaign.errors.js';
import { isFinal } from './campaign-state.js';
import type { CampaignRunStatus } from './campaign-status.js';
import { CampaignStatusService } from './campaign-status.service.js';

/** At most four a second. */
const LOOK_EVERY_MS = 250;

export type CampaignEventType = 'progress' | 'state' | 'end';
export type CampaignListener = (type: CampaignEventType, data: unknown) => void;

interface Watched {
  readonly workspaceId: string;
  readonly listeners: Set<CampaignListener>;
  last: CampaignRunStatus | null;
  told: string;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Follows campaigns for those who listen: one look for all listeners of a campaign in this process, only while there
 * are any, and read from Postgres, so that it does not matter which processes do the work.
 */
@Injectable()
export class CampaignWatch implements OnApplicationShutdown {
  private readonly logger = new Logger('Campaigns');
  private readonly watched = new Map<string, Watched>();

  constructor(private readonly statuses: CampaignStatusService) {}

  /** The listener hears how it stands now, what changes, and the end. Returns how to stop listening. */
  listen(workspaceId: string, campaignId: string, listener: CampaignListener): () => void {
    const known = this.watched.get(campaignId);
    const watch = known ?? { workspaceId, listeners: new Set(), last: null, told: '', timer: undefined };
    watch.listeners.add(listener);
    if (known === undefined) {
      this.watched.set(campaignId, watch);
      void this.look(campaignId, watch);
    } else if (watch.last !== null) {
      listener('progress', watch.last);
    }
    return () => {
      watch.listeners.delete(listener);
      if (watch.listeners.size === 0) this.forget(campaignId, watch);
    };
  }

  onApplicationShutdown(): void {
    for (const [campaignId, watch] of this.watched) this.forget(campaignId, watch);
  }

  private async look(campaignId: string, watch: Watched): Promise<void> {
    const startedMs = performance.now();
    try {
      const status = await this.statuses.of(watch.workspaceId, campaignId);
      this.tell(watch, status);
      if (isFinal(status.status)) this.finish(campaignId, watch, status);
    } catch (error) {
      if (error instanceof CampaignNotFoundError) this.finish(campaignId, watch, { campaignId });
      else this.logger.debug(`campaign ${campaignId} could not be looked at: ${(error as Error).message}`);
    }
    if (this.watched.get(campaignId) !== watch) return;
    const waitMs = Math.max(0, LOOK_EVERY_MS - (performance.now() - startedMs));
    watch.timer = setTimeout(() => void this.look(campaignId, watch), waitMs);
  }

  private tell(watch: Watched, status: CampaignRunStatus): void {
    const before = watch.last;
    const text = JSON.stringify(status);
    watch.last = status;
    if (before !== null && before.status !== status.status) {
      const { campaignId, reason } = status;
      emit(watch, 'state', { campaignId, status: status.status, before: before.status, reason });
    }
    if (text !== watch.told) emit(watch, 'progress', status);
    watch.told = text;
  }

  private finish(campaignId: string, watch: Watched, last: unknown): void {
    emit(watch, 'end', last);
    this.forget(campaignId, watch);
  }

  private forget(campaignId: string, watch: Watched): void {
    clearTimeout(watch.timer);
    watch.listeners.clear();
    if (this.watched.get(campaignId) === watch) this.watched.delete(campaignId);
  }
}

function emit(watch: Watched, type: CampaignEventType, data: unknown): void {
  for (const listener of watch.listeners) listener(type, data);
}
