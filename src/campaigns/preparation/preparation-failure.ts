import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import { insist } from '../../common/insist.js';
import { isDatabaseAway } from '../../database/database-fault.js';
import { Sql } from '../../database/sql.js';
import { Outbox } from '../../events/outbox.js';
import { DispatchRepository } from '../../ledger/dispatch.repository.js';
import { GateRepository } from '../../ledger/gate.repository.js';
import { CampaignMoveRepository } from '../campaign-move.repository.js';
import { PreparationRepository } from './preparation.repository.js';

/** A chunk that failed this often fails for a reason of its own. */
const MOST_FAILURES = 5;
const AGAIN_AFTER_MS = 3000;
/** A database that is away for longer finds the lease run out when it is back. */
const GIVE_BACK = { firstWaitMs: 100, longestWaitMs: 500, forMs: 5000 };

/** What becomes of a campaign that could not be prepared. */
@Injectable()
export class PreparationFailure {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly preparations: PreparationRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly dispatches: DispatchRepository,
    private readonly gates: GateRepository,
    private readonly outbox: Outbox,
  ) {}

  /**
   * The tick tries again, a few times; then a campaign without a row fails, and one that has begun is stopped, so
   * that nobody is left pending for ever; one that fails behind a stop ends with the rows that it has, and says so.
   * A connection that was lost tells nothing of the chunk, and is not counted.
   */
  async record(workspaceId: string, campaignId: string, error: Error): Promise<void> {
    this.logger.error(`preparing campaign ${campaignId} failed: ${error.message}`, error.stack);
    if (isDatabaseAway(error)) return this.giveBack(campaignId);
    const failures = await this.preparations.countFailure(campaignId, AGAIN_AFTER_MS).catch(() => 0);
    if (failures < MOST_FAILURES) return;
    const reason =
      error instanceof DomainError ? error.message : 'Its audience could not be read; see the log.';
    await this.sql.transaction(async (tx) => {
      const change = { campaignId, by: 'caudal', reason: `It could not be prepared. ${reason}` };
      const state = await this.preparations.lock(tx, campaignId);
      if (await this.moves.move(tx, { ...change, event: 'fail' })) {
        if (state?.dispatchId != null) await this.dispatches.finish(tx, state.dispatchId);
        const payload = { campaignId, reason: change.reason };
        await this.outbox.add(tx, { workspaceId, type: 'campaign.failed', payload });
      } else if (await this.moves.move(tx, { ...change, event: 'stop' })) {
        // The tick shuts the gate when it finds the campaign unlocked; nothing begins until then.
        if (state?.dispatchId != null) await this.gates.announceClose(tx, state.dispatchId);
      } else if (state?.status === 'stopping') {
        const incomplete = 'It was stopped, and not all of its recipients could be written down.';
        await this.preparations.giveUp(tx, campaignId, `${incomplete} ${reason}`);
      }
    });
  }

  /** Or everybody would wait for the lease of a process that does nothing: most of half a minute. */
  private async giveBack(campaignId: string): Promise<void> {
    await insist(GIVE_BACK, () => this.preparations.putOff(campaignId, AGAIN_AFTER_MS)).catch(
      () => undefined,
    );
  }
}
