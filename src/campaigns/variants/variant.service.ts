import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { Clock } from '../../common/clock.js';
import { SharedReadings } from '../../common/shared-readings.js';
import type { Campaign } from '../campaign.js';
import { CampaignNotFoundError, CampaignStatusError } from '../campaign.errors.js';
import { CampaignRepository } from '../campaign.repository.js';
import { NoWinnerToChooseError, variantUnknown, WinnerChosenError } from './variant.errors.js';
import { VariantCounts, type VariantCount } from './variant-count.js';
import { WinnerChoosing } from './winner-choosing.js';
import { testStageOf } from './winner-time.js';
import { WinnerRepository, type ChosenWinner } from './winner.repository.js';

/** The variants of a campaign as they stand. */
export interface VariantsView {
  readonly campaign: Campaign;
  readonly generatedAt: Date;
  readonly counts: readonly VariantCount[];
  readonly chosen: ChosenWinner | null;
}

/** Figures of so many are read for a tenth of a second or more: who asks within seconds gets those of somebody else. */
const SHARED_ABOVE = 10_000;
const FRESH_MS = 5000;
const MOST_AGE_MS = 60_000;

@Injectable()
export class VariantService {
  private readonly readings = new SharedReadings<VariantsView>({
    freshMs: FRESH_MS,
    mostMs: MOST_AGE_MS,
    mayShare: ({ counts }) => counts.reduce((sum, { recipients }) => sum + recipients, 0) > SHARED_ABOVE,
  });

  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly counts: VariantCounts,
    private readonly winners: WinnerRepository,
    private readonly choosing: WinnerChoosing,
    private readonly clock: Clock,
  ) {}

  of(workspaceId: string, id: string): Promise<VariantsView> {
    return this.readings.get(`${workspaceId}/${id}`, () => this.read(workspaceId, id));
  }

  private async read(workspaceId: string, id: string): Promise<VariantsView> {
    const campaign = await this.find(workspaceId, id);
    const generatedAt = this.clock.now();
    const variants = campaign.variants ?? [];
    const counts = variants.length === 0 ? [] : await this.counts.now(id, variants);
    return { campaign, generatedAt, counts, chosen: await this.winners.chosen(id) };
  }

  /** Earlier than the rule says, or otherwise. To choose again what was chosen is no mistake. */
  async choose(principal: Principal, id: string, name: string): Promise<VariantsView> {
    const campaign = await this.find(principal.workspaceId, id);
    const { variants, winner: rule, dispatchId, status } = campaign;
    if (variants === null || rule === null) {
      throw new NoWinnerToChooseError(
        'this campaign has none; its recipients are shared out to all variants.',
      );
    }
    const winner = variants.findIndex((variant) => variant.name.toLowerCase() === name.trim().toLowerCase());
    if (winner === -1) throw variantUnknown(name, variants);
    if (!(await this.isChosen(campaign, winner))) {
      if (dispatchId === null || !this.choosing.mayChoose(campaign)) {
        throw new CampaignStatusError('given a winner', status, 'that is for one that is running.');
      }
      const tested = await this.counts.ofTest(dispatchId, testStageOf(campaign) + 1, variants);
      const reason = `${principal.keyName} chose it.`;
      const by = { name: principal.keyName, principal };
      const isMade = await this.choosing.choose(campaign, { winner, reason }, tested, by);
      if (!isMade && !(await this.isChosen(campaign, winner))) {
        const { status: now } = await this.find(principal.workspaceId, id);
        throw new CampaignStatusError('given a winner', now, 'it ended meanwhile.');
      }
    }
    this.readings.forget(`${principal.workspaceId}/${id}`);
    return this.of(principal.workspaceId, id);
  }

  /** Throws where another one was. */
  private async isChosen({ id, variants }: Campaign, winner: number): Promise<boolean> {
    const chosen = await this.winners.chosen(id);
    if (chosen !== null && chosen.winner !== winner) {
      throw new WinnerChosenError(variants![chosen.winner]!.name, chosen.chosenBy, chosen.chosenAt);
    }
    return chosen !== null;
  }

  private async find(workspaceId: string, id: string): Promise<Campaign> {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    return campaign;
  }
}
