import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Sql } from '../../database/sql.js';
import { Outbox } from '../../events/outbox.js';
import { BulkAppendRepository, type SkippedOfBulk } from '../../ledger/bulk-append.repository.js';
import { transactionalPolicy } from '../../ledger/dispatch-policy.js';
import { DispatchRepository } from '../../ledger/dispatch.repository.js';
import { GateRepository } from '../../ledger/gate.repository.js';
import type { BulkRequest } from './bulk.js';
import { bulkSource } from './bulk-source.js';
import { CampaignMoveRepository } from '../campaign-move.repository.js';
import { CampaignRepository } from '../campaign.repository.js';
import { PreparationRepository } from '../preparation/preparation.repository.js';
import { WindowPlacing } from '../windows/window-placing.js';

export interface OpenedBulk {
  readonly campaignId: string;
  readonly dispatchId: string;
  readonly skipped: SkippedOfBulk;
}

/** The number that they leave by. */
export interface BulkChannel {
  readonly id: string;
  /** Whether it reaches only people who wrote to it within 24 hours, but for templates. */
  readonly hasWindow: boolean;
}

/** Makes the messages of one request a campaign that is sending: all of it in one transaction, or nothing. */
@Injectable()
export class BulkOpening {
  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly preparations: PreparationRepository,
    private readonly dispatches: DispatchRepository,
    private readonly rows: BulkAppendRepository,
    private readonly gates: GateRepository,
    private readonly placing: WindowPlacing,
    private readonly outbox: Outbox,
    private readonly config: Config,
  ) {}

  /** Nothing is left to prepare, so the gate opens with the rows that it guards. */
  async open(
    workspaceId: string,
    { id: channelId, hasWindow }: BulkChannel,
    request: BulkRequest,
    by: string,
  ): Promise<OpenedBulk> {
    const { name, category, messages } = request;
    const count = messages.length;
    return this.sql.transaction(async (tx) => {
      const { id: campaignId } = await this.campaigns.insert(
        tx,
        workspaceId,
        {
          name,
          category,
          content: null,
          audience: { kind: 'bulk', messages: count },
          channelIds: [channelId],
        },
        by,
      );
      const dispatchId = await this.dispatches.create(tx, {
        workspaceId,
        kind: 'bulk',
        campaignId,
        category,
        content: null,
        policy: transactionalPolicy(this.config.engine),
        createdBy: by,
      });
      const cursor = String(count);
      await this.moves.move(tx, { campaignId, event: 'start', by });
      await this.moves.begin(tx, campaignId, {
        dispatchId,
        channelIds: [channelId],
        category,
        expected: count,
        until: cursor,
      });
      const skipped = await this.rows.append(
        tx,
        { id: dispatchId, workspaceId, channelId, category },
        bulkSource(workspaceId, messages, hasWindow ? channelId : null),
        this.config.engine.batchSize,
      );
      await this.placing.place(tx, campaignId, dispatchId);
      await this.preparations.advance(tx, campaignId, { cursor, isPrepared: true, leaseMs: 0 });
      await this.moves.move(tx, { campaignId, event: 'send' });
      await this.gates.open(tx, { dispatchId, changedBy: by, reason: null });
      const payload = { campaignId, name, recipients: count - skipped.suppressed - skipped.windowClosed };
      await this.outbox.add(tx, { workspaceId, type: 'campaign.started', payload });
      return { campaignId, dispatchId, skipped };
    });
  }
}
