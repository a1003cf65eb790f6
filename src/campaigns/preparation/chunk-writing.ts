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
import { WindowPlacing } from '../windows/window-placing.js';
import { CHUNK_ROWS, chunkProgress, STRETCH_CONTACTS } from './chunk-progress.js';
import { PreparationRepository } from './preparation.repository.js';

export type Chunk =
  | { readonly kind: 'left' }
  /** Nothing was written: the campaign has other channels by now. */
  | { readonly kind: 'outdated' }
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
  /** Of the stages of its dispatch; null where it has none. */
  readonly stageEnds: readonly number[] | null;
  readonly leaseMs: number;
}

@Injectable()
export class ChunkWriting {
  constructor(
    private readonly preparations: PreparationRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly writer: MessageWriter,
    private readonly gates: GateRepository,
    private readonly placing: WindowPlacing,
    private readonly config: Config,
  ) {}

  async write(tx: Queryable, work: ChunkWork): Promise<Chunk> {
    const { campaign, dispatchId, scope, shares, windowed, stageEnds, leaseMs } = work;
    const state = await this.preparations.lock(tx, campaign.id);
    const rowState = state === null || state.isPrepared ? null : preparedAs(state.status);
    if (state === null || rowState === null) return { kind: 'left' };
    if (hasOtherChannels(state, campaign)) return { kind: 'outdated' };
    const until =
      scope.audience.kind === 'conditions'
        ? await this.preparations.stretchEnd(tx, campaign.workspaceId, state, STRETCH_CONTACTS)
        : state.until;
    const source = messageSource(scope, { after: state.cursor, until, limit: CHUNK_ROWS }, shares, windowed);
    const dispatch = {
      id: dispatchId,
      workspaceId: campaign.workspaceId,
      category: campaign.category,
      ...(stageEnds === null ? {} : { stageEnds, choosesLast: campaign.winner !== null }),
    };
    const appended = await this.writer.append(tx, dispatch, source, this.config.engine.batchSize, rowState);
    await this.placing.place(tx, campaign.id, dispatchId);
    const { cursor, isLast } = chunkProgress(state, until, appended);
    await this.preparations.advance(tx, campaign.id, { cursor, isPrepared: isLast, leaseMs });
    // A gate that somebody closed meanwhile is not opened here: then the status is no longer `preparing`.
    if (await this.moves.move(tx, { campaignId: campaign.id, event: 'send' })) {
      await this.gates.open(tx, { dispatchId, changedBy: 'caudal', reason: null });
    }
    const usable = shares.filter(({ weight }) => weight > 0);
    const channelIds = rowState === 'pending' ? usable.map(({ channelId }) => channelId) : [];
    return { kind: 'written', dispatchId, channelIds, isLast };
  }
}

type WithChannels = Pick<Campaign, 'channelIds'>;

export function hasOtherChannels(now: WithChannels, before: WithChannels): boolean {
  return now.channelIds.join() !== before.channelIds.join();
}
