import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../auth/audit-log.repository.js';
import type { Principal } from '../../auth/principal.js';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { Sql, type Queryable } from '../../database/sql.js';
import { Outbox } from '../../events/outbox.js';
import { CampaignProgressRepository } from '../../ledger/campaign-progress.repository.js';
import { GateRepository } from '../../ledger/gate.repository.js';
import { positionAsCursor, type ResendableState } from '../../ledger/resend.js';
import { ResendRepository } from '../../ledger/resend.repository.js';
import { CampaignNotFoundError, CampaignStatusError } from '../campaign.errors.js';
import { CampaignMoveRepository } from '../campaign-move.repository.js';
import { nextStatus, statusAfter, type CampaignStatus } from '../campaign-state.js';
import { CampaignRepository } from '../campaign.repository.js';
import { FailureLimits } from '../governance/failure-limits.js';
import { ContentGoneError, NothingToResendError, ResendTooEarlyError } from './resend.errors.js';

/** Which messages of a campaign somebody wants sent again. */
export interface ResendWish {
  readonly states: readonly ResendableState[];
  readonly codes: readonly string[] | null;
}

export interface ResendOpened {
  readonly dispatchId: string;
  readonly status: CampaignStatus;
  /** Messages that it is of. */
  readonly messages: number;
}

/** Makes a resend of a completed campaign: status, dispatch, audit and event in one transaction. */
@Injectable()
export class ResendOpening {
  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly resends: ResendRepository,
    private readonly progress: CampaignProgressRepository,
    private readonly gates: GateRepository,
    private readonly limits: FailureLimits,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** Decided under the campaign's lock: of two resends at once one wins, and the other finds it sending. */
  async open(principal: Principal, campaignId: string, wish: ResendWish): Promise<ResendOpened> {
    const { workspaceId, keyName } = principal;
    const unknownBefore = new Date(this.clock.nowMs() - this.config.engine.unknownHorizonMs);
    return this.sql.transaction(async (tx) => {
      const campaign = await this.campaigns.lock(tx, workspaceId, campaignId);
      if (campaign === null) throw new CampaignNotFoundError(campaignId);
      const { status, dispatchId: before } = campaign;
      if (before === null || nextStatus(status, 'resend') === null) {
        throw new CampaignStatusError('sent again', status, hintFor(status));
      }
      const earlier = await this.resends.dispatchesOf(campaignId, tx);
      await this.refuseTooEarly(tx, earlier, wish, unknownBefore);
      const messages = await this.count(tx, campaignId, earlier, wish);
      if (messages === 0) throw new NothingToResendError(wish.states, wish.codes);
      if (await this.resends.isContentGone(tx, earlier)) throw new ContentGoneError();

      const dispatchId = await this.resends.open(tx, before, { ...wish, unknownBefore }, keyName);
      await this.moves.move(tx, { campaignId, event: 'resend', by: keyName });
      const until = positionAsCursor({ source: earlier.length, seq: 0 });
      await this.moves.beginAgain(tx, campaignId, { dispatchId, until });
      await this.limits.begin(tx, campaign, dispatchId);
      await this.gates.open(tx, { dispatchId, changedBy: keyName, reason: 'resend' });
      const details = { dispatchId, messages, states: wish.states, codes: wish.codes };
      await this.audit.add(tx, principal, { action: 'campaign.resend', subject: campaignId, details });
      const payload = { campaignId, name: campaign.name, recipients: messages, isResend: true };
      await this.outbox.add(tx, { workspaceId, type: 'campaign.started', payload });
      return { dispatchId, status: statusAfter('resend'), messages };
    });
  }

  private async refuseTooEarly(
    tx: Queryable,
    dispatchIds: readonly string[],
    { states, codes }: ResendWish,
    unknownBefore: Date,
  ): Promise<void> {
    if (!states.includes('unknown')) return;
    const since = await this.resends.youngestUnknown(tx, dispatchIds, codes);
    if (since === null || since < unknownBefore) return;
    throw new ResendTooEarlyError(new Date(since.getTime() + this.config.engine.unknownHorizonMs));
  }

  /** Without codes the counters know; with some, the attempts are asked. */
  private async count(
    tx: Queryable,
    campaignId: string,
    dispatchIds: readonly string[],
    { states, codes }: ResendWish,
  ): Promise<number> {
    if (codes !== null) return this.resends.countWithCodes(tx, dispatchIds, states, codes);
    const progress = await this.progress.of(campaignId, tx);
    return states.reduce((sum, state) => sum + progress[state], 0);
  }
}

function hintFor(status: CampaignStatus): string {
  if (status === 'stopped') return 'what was stopped is not sent any more; duplicate it.';
  return 'that is for a campaign that is completed.';
}
