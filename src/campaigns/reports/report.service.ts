import { Injectable } from '@nestjs/common';
import { ChannelDirectory } from '../../channels/channel-directory.js';
import { Clock } from '../../common/clock.js';
import { SharedReadings } from '../../common/shared-readings.js';
import type { Queryable } from '../../database/sql.js';
import { CampaignProgressRepository } from '../../ledger/campaign-progress.repository.js';
import type { DispatchProgress } from '../../ledger/dispatch.js';
import { CampaignNotFoundError } from '../campaign.errors.js';
import { CampaignRepository } from '../campaign.repository.js';
import { OWN_CODES } from '../message-reason.js';
import { isRecountOf, ReportSums, type ReportFindings, type ReportGroup } from './report.js';
import { VariantCounts, type VariantCount } from '../variants/variant-count.js';
import type { Variant } from '../variants/variant.js';
import { ReportRepository, type ReportedDispatch } from './report.repository.js';

/** Numbers of one statement: few enough for its rows to stay in memory. */
const SPAN = 10_000;
/**
 * Whoever watches a campaign asks queue-status; a report reads every row, so one serves all who ask within seconds. It
 * is of the instant at which its reading began: longer than that takes, or nobody could be given it a second time.
 */
const FRESH_MS = 5000;
const MOST_AGE_MS = 60_000;

export interface CampaignReport extends Omit<ReportFindings, 'states' | 'codes' | 'channels'> {
  readonly campaignId: string;
  readonly generatedAt: Date;
  readonly purgedAt: Date | null;
  readonly totals: DispatchProgress;
  /** Whether counting every row gave the totals; null where the rows were let go. */
  readonly reconciles: boolean | null;
  readonly channels: readonly (ReportGroup<string | null> & { readonly name: string | null })[];
  readonly codes: readonly (ReportGroup<string> & { readonly reason: string })[];
  /** Empty where there is one text for all. */
  readonly variants: readonly VariantCount[];
}

/** What became of a campaign as a whole, counted along its own rows. */
@Injectable()
export class ReportService {
  private readonly readings = new SharedReadings<CampaignReport>({
    freshMs: FRESH_MS,
    mostMs: MOST_AGE_MS,
    mayShare: () => true,
  });
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly channels: ChannelDirectory,
    private readonly progress: CampaignProgressRepository,
    private readonly reports: ReportRepository,
    private readonly variants: VariantCounts,
    private readonly clock: Clock,
  ) {}

  async of(workspaceId: string, id: string): Promise<CampaignReport> {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    const variants = campaign.variants ?? [];
    return this.readings.get(`${workspaceId}/${id}`, () =>
      this.inTurn(() => this.read(workspaceId, id, variants)),
    );
  }

  /** One at a time in a process: whoever opens ten reports leaves connections for lists and exports. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async read(workspaceId: string, id: string, variants: readonly Variant[]): Promise<CampaignReport> {
    const generatedAt = this.clock.now();
    const { totals, purgedAt, found, reasons, byVariant } = await this.reports.atOneInstant(async (tx) => ({
      ...(await this.count(tx, id)),
      byVariant: variants.length === 0 ? [] : await this.variants.of(tx, id, variants),
    }));
    const names = new Map(
      (await this.channels.channelsOf(workspaceId)).map((channel) => [channel.id, channel.name]),
    );
    const { states, ...findings } = found;
    return {
      campaignId: id,
      generatedAt,
      purgedAt,
      totals,
      reconciles: purgedAt === null ? isRecountOf(states, totals) : null,
      ...findings,
      channels: found.channels.map((group) => ({ ...group, name: names.get(group.key ?? '') ?? null })),
      codes: found.codes.map((group) => ({
        ...group,
        reason: OWN_CODES.get(group.key) ?? reasons.get(group.key) ?? group.key,
      })),
      variants: byVariant,
    };
  }

  private async count(tx: Queryable, id: string) {
    const totals = await this.progress.of(id, tx);
    const dispatches = await this.reports.dispatchesOf(tx, id);
    const purgedAt = dispatches.find((dispatch) => dispatch.purgedAt !== null)?.purgedAt ?? null;
    const sums = new ReportSums();
    for (const dispatch of purgedAt === null ? dispatches : []) await this.walk(tx, dispatch, sums);
    const found = sums.findings();
    const codes = found.codes.map(({ key }) => key).filter((code) => !OWN_CODES.has(code));
    const ids = dispatches.map((dispatch) => dispatch.id);
    const said = codes.length === 0 ? [] : await this.reports.reasonsOf(tx, ids, codes);
    return { totals, purgedAt, found, reasons: new Map(said.map(({ code, reason }) => [code, reason])) };
  }

  private async walk(tx: Queryable, { id, total }: ReportedDispatch, sums: ReportSums): Promise<void> {
    for (let after = 0; after < total; after += SPAN) {
      for (const part of await this.reports.parts(tx, id, after, after + SPAN)) sums.add(part);
    }
  }
}
