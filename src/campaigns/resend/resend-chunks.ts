import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Sql, type Queryable } from '../../database/sql.js';
import {
  positionAsCursor,
  positionOfCursor,
  type ResendOrder,
  type ResendPosition,
} from '../../ledger/resend.js';
import { ResendWriter } from '../../ledger/resend-writer.repository.js';
import { ResendRepository } from '../../ledger/resend.repository.js';
import type { Campaign } from '../campaign.js';
import { CampaignChannels } from '../campaign-channels.js';
import { preparedAs } from '../campaign-state.js';
import { hasOtherChannels, type Chunk } from '../preparation/chunk-writing.js';
import { PreparationRepository } from '../preparation/preparation.repository.js';
import { windowedChannels } from '../window-rule.js';
import { zoneLookUp } from '../windows/recipient-zone.js';
import { WindowPlacing } from '../windows/window-placing.js';

/** Messages of one transaction: each is marked and written, and a pause or a stop has to wait for all of them. */
const CHUNK_ROWS = 5000;

interface ResendWork {
  readonly campaign: Campaign;
  readonly dispatchId: string;
  readonly order: ResendOrder;
  readonly channelIds: readonly string[];
  readonly windowed: readonly string[];
  readonly leaseMs: number;
}

/** Writes the rows of a resend, one chunk a call, with the same cursor and lease as the preparation of a run. */
@Injectable()
export class ResendChunks {
  constructor(
    private readonly sql: Sql,
    private readonly preparations: PreparationRepository,
    private readonly resends: ResendRepository,
    private readonly writer: ResendWriter,
    private readonly channels: CampaignChannels,
    private readonly placing: WindowPlacing,
    private readonly config: Config,
  ) {}

  /** Null for a campaign whose messages are not those of a resend. */
  async of(campaign: Campaign, leaseMs: number): Promise<(() => Promise<Chunk>) | null> {
    const { workspaceId, channelIds, dispatchId, resends } = campaign;
    if (resends === 0 || dispatchId === null) return null;
    const order = await this.resends.orderOf(dispatchId);
    if (order === null) return null;
    const left = await this.channels.stillThere(workspaceId, channelIds);
    const channels = left.length > 0 ? left : await this.channels.resolve(workspaceId, channelIds);
    const work = {
      campaign,
      dispatchId,
      order,
      channelIds: channels.map(({ id }) => id),
      windowed: windowedChannels(campaign.content, channels),
      leaseMs,
    };
    return () => this.sql.transaction((tx) => this.write(tx, work));
  }

  private async write(tx: Queryable, work: ResendWork): Promise<Chunk> {
    const { campaign, dispatchId, channelIds, leaseMs } = work;
    const state = await this.preparations.lock(tx, campaign.id);
    if (state === null || state.isPrepared || state.dispatchId !== dispatchId) return { kind: 'left' };
    const rowState = preparedAs(state.status);
    if (rowState === null) return { kind: 'left' };
    if (hasOtherChannels(state, campaign)) return { kind: 'outdated' };
    // Behind a stop nothing more is taken: whoever has no row here keeps the one that they have.
    const next = rowState === 'cancelled' ? null : await this.take(tx, work, positionOfCursor(state.cursor));
    await this.preparations.advance(tx, campaign.id, {
      cursor: next === null ? state.cursor : positionAsCursor(next),
      isPrepared: next === null,
      leaseMs,
    });
    return {
      kind: 'written',
      dispatchId,
      channelIds: rowState === 'pending' ? channelIds : [],
      isLast: next === null,
    };
  }

  /** Where the next chunk goes on; null when this was the last. */
  private async take(tx: Queryable, work: ResendWork, at: ResendPosition): Promise<ResendPosition | null> {
    const { campaign, dispatchId, order, channelIds, windowed } = work;
    const known = await this.resends.dispatchesOf(campaign.id, tx);
    const earlier = known.filter((id) => id !== dispatchId);
    const source = earlier[at.source];
    if (source === undefined) return null;
    const { found, lastSeq } = await this.writer.write(tx, {
      dispatch: { id: dispatchId, workspaceId: campaign.workspaceId, category: campaign.category },
      order,
      earlier,
      source,
      after: at.seq,
      limit: CHUNK_ROWS,
      channelIds,
      windowed,
      hasVariants: campaign.variants !== null,
      zones: campaign.isZoned ? zoneLookUp() : null,
      batchSize: this.config.engine.batchSize,
    });
    await this.placing.place(tx, campaign.id, dispatchId);
    if (found === CHUNK_ROWS) return { source: at.source, seq: lastSeq };
    return at.source + 1 < earlier.length ? { source: at.source + 1, seq: 0 } : null;
  }
}
