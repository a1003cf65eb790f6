import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import { GateRepository } from '../ledger/gate.repository.js';
import { ProgressRepository } from '../ledger/progress.repository.js';
import { BellRinger } from '../queue/bell-ringer.js';
import type { Campaign } from './campaign.js';
import { CampaignNotFoundError, CampaignStatusError } from './campaign.errors.js';
import { CampaignMoveRepository } from './campaign-move.repository.js';
import {
  judgeOrder,
  maySend,
  statusAfter,
  type CampaignOrder,
  type CampaignStatus,
} from './campaign-state.js';
import { CampaignStatusService } from './campaign-status.service.js';
import { CampaignTemplates } from './campaign-template.js';
import { CampaignRepository } from './campaign.repository.js';

export interface OrderAnswer {
  readonly status: CampaignStatus;
  /** Messages whose call may have begun: what the provider may still take after a pause or a stop. */
  readonly inFlight: number;
}

const DONE: Record<CampaignOrder, string> = { pause: 'paused', resume: 'resumed', stop: 'stopped' };

/**
 * A person's orders to a running campaign. All of them, and the ticks, decide under the lock of the campaign's row,
 * so that whatever the order of clicks, status and gate agree. Needs Postgres alone.
 */
@Injectable()
export class CampaignRunService {
  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly gates: GateRepository,
    private readonly progress: ProgressRepository,
    private readonly bells: BellRinger,
    private readonly statuses: CampaignStatusService,
    private readonly templates: CampaignTemplates,
  ) {}

  /** After the answer nothing begins any more; what has begun is its `inFlight`. */
  async pause(workspaceId: string, id: string, by: string, reason?: string): Promise<OrderAnswer> {
    return this.close(workspaceId, id, 'pause', by, reason);
  }

  /** The same; what was not sent is cancelled behind the answer. */
  async stop(workspaceId: string, id: string, by: string): Promise<OrderAnswer> {
    return this.close(workspaceId, id, 'stop', by);
  }

  /** Refused while its template may not be sent: what was paused for it would be paused again, some messages later. */
  async resume(workspaceId: string, id: string, by: string): Promise<OrderAnswer> {
    await this.checkTemplate(workspaceId, id);
    const campaign = await this.sql.transaction(async (tx) => {
      const known = await this.lock(tx, workspaceId, id);
      if (!this.mustObey(known, 'resume')) return known;
      await this.moves.move(tx, { campaignId: id, event: 'resume', by });
      if (known.dispatchId !== null) {
        await this.gates.open(tx, { dispatchId: known.dispatchId, changedBy: by, reason: null });
      }
      return { ...known, status: statusAfter('resume') };
    });
    if (campaign.dispatchId !== null) {
      for (const channelId of campaign.channelIds) await this.bells.ring(campaign.dispatchId, channelId);
    }
    return this.answer(campaign);
  }

  /**
   * Two transactions: the first is seen by barriers that have not begun, which stay away; the second waits for those
   * that have. Between the two a resume may have come after a pause, and then the gate is left to it. A stop is never
   * taken back, so it need not wait for the lock, which preparation holds for a chunk at a time behind it too.
   */
  private async close(
    workspaceId: string,
    id: string,
    order: 'pause' | 'stop',
    by: string,
    reason?: string,
  ): Promise<OrderAnswer> {
    await this.sql.transaction(async (tx) => {
      const known = await this.lock(tx, workspaceId, id);
      if (!this.mustObey(known, order)) return;
      await this.moves.move(tx, {
        campaignId: id,
        event: order,
        by,
        ...(reason === undefined ? {} : { reason }),
      });
      if (known.dispatchId !== null) await this.gates.announceClose(tx, known.dispatchId);
    });
    const campaign = await this.sql.transaction(async (tx) => {
      const known =
        order === 'stop' ? await this.find(tx, workspaceId, id) : await this.lock(tx, workspaceId, id);
      if (known.dispatchId !== null && !maySend(known.status)) {
        await this.gates.close({ dispatchId: known.dispatchId, changedBy: by, reason: order }, tx);
      }
      return known;
    });
    return this.answer(campaign);
  }

  private async checkTemplate(workspaceId: string, id: string): Promise<void> {
    const campaign = await this.find(this.sql, workspaceId, id);
    if (judgeOrder(campaign.status, 'resume') === 'obey') await this.templates.checkStarted(campaign);
  }

  private mustObey(campaign: Campaign, order: CampaignOrder): boolean {
    const judgement = judgeOrder(campaign.status, order);
    if (judgement === 'meaningless') throw new CampaignStatusError(DONE[order], campaign.status);
    return judgement === 'obey';
  }

  private async lock(tx: Queryable, workspaceId: string, id: string): Promise<Campaign> {
    return existing(id, await this.campaigns.lock(tx, workspaceId, id));
  }

  private async find(tx: Queryable, workspaceId: string, id: string): Promise<Campaign> {
    return existing(id, await this.campaigns.find(workspaceId, id, tx));
  }

  private async answer({ workspaceId, id, status, dispatchId }: Campaign): Promise<OrderAnswer> {
    this.statuses.forget(workspaceId, id);
    const inFlight = dispatchId === null ? 0 : (await this.progress.of(dispatchId)).inflight;
    return { status, inFlight };
  }
}

function existing(id: string, campaign: Campaign | null): Campaign {
  if (campaign === null) throw new CampaignNotFoundError(id);
  return campaign;
}
