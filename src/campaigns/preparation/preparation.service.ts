import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { BellRinger } from '../../queue/bell-ringer.js';
import { CampaignChunks } from './campaign-chunks.js';
import { PreparationFailure } from './preparation-failure.js';
import { restMs } from './preparation-rest.js';
import { PreparationRepository } from './preparation.repository.js';

/** Longer than any chunk takes; a worker that died is followed this much later. */
export const PREPARE_LEASE_MS = 30_000;
/** A bell is answered long before this. */
const STALLED_AFTER_MS = 2000;

/** `left`: somebody else does it, or it is stopped, or this process is about to end. */
export type Prepared = 'prepared' | 'left';

/**
 * Turns an audience into rows of the ledger, a chunk at a time. Each chunk is one transaction with its rows, batches,
 * counters and cursor, so a crash costs the chunk that was open and nothing is prepared twice; sending begins with the
 * first. Preparing goes on while a campaign is paused, behind its closed gate.
 */
@Injectable()
export class PreparationService implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Campaigns');
  private isEnding = false;
  private resuming: Promise<void> | undefined;

  constructor(
    private readonly preparations: PreparationRepository,
    private readonly chunks: CampaignChunks,
    private readonly failures: PreparationFailure,
    private readonly bells: BellRinger,
  ) {}

  async prepare(campaignId: string): Promise<Prepared> {
    const claim = await this.preparations.claim(campaignId, PREPARE_LEASE_MS);
    if (claim === null) return 'left';
    const startedMs = performance.now();
    let chunks = 0;
    try {
      const next = await this.chunks.of(claim.workspaceId, campaignId, PREPARE_LEASE_MS);
      while (!this.isEnding) {
        const begunMs = performance.now();
        const chunk = await next();
        if (chunk.kind === 'left') return 'left';
        for (const channelId of chunk.channelIds) await this.bells.ring(chunk.dispatchId, channelId);
        if (chunk.isLast) {
          this.logger.log(`campaign ${campaignId} is prepared`, {
            campaignId,
            dispatchId: chunk.dispatchId,
            durationMs: Math.round(performance.now() - startedMs),
          });
          return 'prepared';
        }
        chunks += 1;
        const nowMs = performance.now();
        const { expected } = claim;
        await pause(restMs({ expected, chunks, elapsedMs: nowMs - startedMs, tookMs: nowMs - begunMs }));
      }
    } catch (error) {
      await this.failures.record(claim.workspaceId, campaignId, error as Error);
      throw error;
    }
    await this.preparations.release(campaignId);
    return 'left';
  }

  /**
   * For the tick: takes up one campaign whose bell or worker was lost, in the background, without Redis. Returns
   * whether one is being prepared here.
   */
  async resumeStalled(): Promise<boolean> {
    if (this.resuming !== undefined || this.isEnding) return this.resuming !== undefined;
    const campaignId = await this.preparations.stalled(STALLED_AFTER_MS);
    if (campaignId === null) return false;
    this.resuming = this.prepare(campaignId)
      .then(() => undefined)
      .catch(() => undefined) // Recorded with the campaign, and logged, where it happened.
      .finally(() => {
        this.resuming = undefined;
      });
    return true;
  }

  /** Ends between two chunks and gives the lease back, so that another process may go on at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isEnding = true;
    await this.resuming;
  }
}
