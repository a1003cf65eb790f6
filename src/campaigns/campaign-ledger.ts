import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';
import { CampaignProgressRepository } from '../ledger/campaign-progress.repository.js';
import { DispatchRepository } from '../ledger/dispatch.repository.js';
import { FailureWatches } from '../ledger/failure-watch.repository.js';
import type { DispatchProgress } from '../ledger/dispatch.js';
import { GateRepository } from '../ledger/gate.repository.js';
import { ProgressRepository } from '../ledger/progress.repository.js';

/** What a tick asks of the ledger before it concludes something about a dispatch. */
@Injectable()
export class CampaignLedger {
  constructor(
    private readonly gates: GateRepository,
    private readonly progress: ProgressRepository,
    private readonly whole: CampaignProgressRepository,
    private readonly dispatches: DispatchRepository,
    private readonly watches: FailureWatches,
  ) {}

  /**
   * Where every row is while no barrier can move one. A gate that should be shut and is not belongs to an order whose
   * process died half-way: it is shut here.
   */
  async look(tx: Queryable, dispatchId: string, gateShould: 'be-shut' | 'stay'): Promise<DispatchProgress> {
    const isOpen = await this.gates.lock(tx, dispatchId);
    if (isOpen && gateShould === 'be-shut') {
      await this.gates.close({ dispatchId, changedBy: 'caudal', reason: 'asked for before' }, tx);
    }
    return this.progress.of(dispatchId, tx);
  }

  /** Of the whole campaign, whatever was sent again. */
  totals(tx: Queryable, campaignId: string): Promise<DispatchProgress> {
    return this.whole.of(campaignId, tx);
  }

  async finish(tx: Queryable, dispatchId: string): Promise<void> {
    await this.dispatches.finish(tx, dispatchId);
    await this.watches.end(tx, dispatchId);
  }
}
