import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Queryable } from '../../database/sql.js';
import { GateRepository } from '../../ledger/gate.repository.js';
import { MessageWriter } from '../../ledger/message-writer.repository.js';
import { messageSource, type AudienceScope } from '../audience/audience-source.js';
import type { Campaign } from '../campaign.js';
import { CampaignMoveRepository } from '../campaign-move.repository.js';
import { preparedAs } from '../campaign-state.js';
import type { ChannelShare } from '../channel-share.js';
import { PreparationRepository } from './preparation.repository.js';

/** Contacts of one transaction: some tenths of a second of work, which a pause or a stop has to wait for. */
export const CHUNK_ROWS = 20_000;

export type Chunk =
  | { readonly kind: 'left' }
  | {
      readonly kind: 'written';
      readonly dispatchId: string;
      /** Where there may be something to send now. */
      readonly channelIds: readonly string[];
      readonly isLast: boolean;
    };

/** What all chunks of a campaign have in common. */
export interface ChunkWork {
  readonly campaign: Campaign;
  readonly dispatchId: string;
  readonly scope: AudienceScope;
  readonly shares: readonly ChannelShare[];
  /** Those of the channels that reach only people who wrote to them within 24 hours. */
  readonly windowed: readonly string[];
  readonly leaseMs: number;
}

@Injectable()
export class ChunkWriting {
  constructor(
    private readonly preparations: PreparationRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly writer: MessageWriter,
    private readonly gates: GateRepository,
    private readonly config: Config,
  ) {}

  async write(tx: Queryable, work: ChunkWork): Promise<Chunk> {
    const { campaign, dispatchId, scope, shares, windowed, leaseMs } = work;
    const state = await this.preparations.lock(tx, campaign.id);
    const rowState = state === null || state.isPrepared ? null : preparedAs(state.status);
    if (state === null || rowState === null) return { kind: 'left' };
    const source = messageSource(
      scope,
      { after: state.cursor, until: state.until, limit: CHUNK_ROWS },
      shares,
      windowed,
    );
    const dispatch = { id: dispatchId, workspaceId: campaign.workspaceId, category: campaign.category };
    const appended = await this.writer.append(tx, dispatch, source, this.config.engine.batchSize, rowState);
    const isLast = appended.rows < CHUNK_ROWS;
    await this.preparations.advance(tx, campaign.id, {
      cursor: appended.lastPosition ?? state.cursor,
      isPrepared: isLast,
      leaseMs,
    });
    // A gate that somebody closed meanwhile is not opened here: then the status is no longer `preparing`.
    if (await this.moves.move(tx, { campaignId: campaign.id, event: 'send' })) {
      await this.gates.open(tx, { dispatchId, changedBy: 'caudal', reason: null });
    }
    const usable = shares.filter(({ weight }) => weight > 0);
    const channelIds = rowState === 'pending' ? usable.map(({ channelId }) => channelId) : [];
    return { kind: 'written', dispatchId, channelIds, isLast };
  }
}
