import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';
import { Outbox } from '../events/outbox.js';
import type { DispatchProgress } from '../ledger/dispatch.js';
import { CampaignLedger } from './campaign-ledger.js';
import { CampaignMoveRepository } from './campaign-move.repository.js';
import { statusesBefore } from './campaign-state.js';
import { CampaignTickRepository, type TickedCampaign } from './campaign-tick.repository.js';

/** The events that only looking under the gate's lock can prove. */
export type Settling = 'settlePause' | 'settleStop' | 'complete';

const EVENT_TYPE: Record<Settling, string> = {
  settlePause: 'campaign.paused',
  settleStop: 'campaign.stopped',
  complete: 'campaign.completed',
};

@Injectable()
export class CampaignSettling {
  constructor(
    private readonly sql: Sql,
    private readonly ticks: CampaignTickRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly ledger: CampaignLedger,
    private readonly outbox: Outbox,
  ) {}

  /** Whether the campaign moved. Lock, look, move and event are one transaction. */
  async settle(campaign: TickedCampaign, event: Settling): Promise<boolean> {
    const { id, workspaceId, dispatchId, name } = campaign;
    const [status] = statusesBefore(event);
    const gateShould = event === 'complete' ? 'stay' : 'be-shut';
    return this.sql.transaction(async (tx) => {
      if (!(await this.ticks.lock(tx, id, status!))) return false;
      const progress = dispatchId === null ? null : await this.ledger.look(tx, dispatchId, gateShould);
      if (progress !== null && !isSettled(campaign, progress, event)) return false;
      await this.moves.move(tx, { campaignId: id, event });
      if (event !== 'settlePause') {
        await this.ticks.forgetPulses(tx, id);
        if (dispatchId !== null) await this.ledger.finish(tx, dispatchId);
      }
      const totals = progress === null ? {} : { progress: await this.ledger.totals(tx, id) };
      const payload = { campaignId: id, name, ...totals };
      await this.outbox.add(tx, { workspaceId, type: EVENT_TYPE[event], payload });
      return true;
    });
  }
}

function isSettled(
  { isPrepared }: TickedCampaign,
  { pending, inflight }: DispatchProgress,
  event: Settling,
): boolean {
  return event === 'settlePause' ? inflight === 0 : isPrepared && pending + inflight === 0;
}
