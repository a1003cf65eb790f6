import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../channels/channel-directory.js';
import { refuseUnsupported } from '../channels/supported-content.js';
import { assertNever } from '../common/assert-never.js';
import { Config } from '../config/config.js';
import type { MessageCategory } from '../ledger/suppression.js';
import type { Campaign } from './campaign.js';
import { CampaignNotFoundError, EmptyAudienceError, MissingVariablesError } from './campaign.errors.js';
import { CampaignChannels } from './campaign-channels.js';
import { CampaignOpening } from './campaign-opening.js';
import { CampaignSurveys, type CampaignSurvey } from './campaign-survey.js';
import { CampaignTemplates } from './campaign-template.js';
import { ChannelShares } from './channel-share.js';
import { CampaignRepository } from './campaign.repository.js';
import { PreparationBell } from './preparation/preparation-bell.js';
import { BY_HAND, refuseStart, type StartOrder } from './start-order.js';
import { ConfirmationNeededError, needsConfirmation } from './start-confirmation.js';
import { contentsOf } from './variants/variant.js';
import { windowWarning } from './window-rule.js';
import { PlacesForecast } from './governance/places-forecast.js';
import { FinishTimes } from './windows/finish-times.js';

export interface CampaignStarted {
  readonly campaign: Campaign;
  /** The dispatch that was opened: what the engine works on. */
  readonly jobId: string;
  readonly estimatedContacts: number;
  /** Who would get it besides, had they written to one of its channels within 24 hours. */
  readonly windowClosed: number;
  readonly estimatedMs: number;
  /** What keeps it from sending for now, in words. */
  readonly warnings: readonly string[];
}

interface Begun {
  /** As it was before. */
  readonly draft: Campaign;
  readonly campaign: Campaign;
  readonly channels: readonly ListedChannel[];
  readonly category: MessageCategory;
  readonly survey: CampaignSurvey;
}

@Injectable()
export class CampaignStartService {
  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly channels: CampaignChannels,
    private readonly templates: CampaignTemplates,
    private readonly surveys: CampaignSurveys,
    private readonly opening: CampaignOpening,
    private readonly shares: ChannelShares,
    private readonly finishTimes: FinishTimes,
    private readonly places: PlacesForecast,
    private readonly bell: PreparationBell,
    private readonly config: Config,
  ) {}

  /** Refuses what could not be sent as it is written; what can wait, such as a held channel, is a warning. */
  async start(
    workspaceId: string,
    id: string,
    startedBy: string,
    order: StartOrder = BY_HAND,
  ): Promise<CampaignStarted> {
    const { draft, channels, category, survey, campaign } = await this.begin(
      workspaceId,
      id,
      startedBy,
      order,
    );
    await this.bell.ring(id);
    const shared = await this.shares.inTheEnd(channels, survey.recipients);
    const pacedMs = await this.finishTimes.beforeStart(
      campaign,
      () => this.surveys.scopeOf(campaign),
      shared,
      survey.recipients,
    );
    return {
      campaign,
      jobId: campaign.dispatchId!,
      estimatedContacts: survey.recipients,
      windowClosed: survey.windowClosed,
      estimatedMs: Math.max(pacedMs, await this.places.ms(shared, survey.recipients, campaign)),
      warnings: [
        ...warningsOf(channels),
        ...overrideOf(draft, category),
        ...windowWarning(survey.windowClosed),
      ],
    };
  }

  /** The same for whoever asks for no forecast; and rings the bell himself, when it suits. */
  async begin(workspaceId: string, id: string, startedBy: string, order: StartOrder): Promise<Begun> {
    const draft = await this.campaigns.find(workspaceId, id);
    if (draft === null) throw new CampaignNotFoundError(id);
    refuseStart(draft, order);
    const channels = await this.channels.resolve(workspaceId, draft.channelIds);
    refuseUnsupportedOf(draft, channels);
    const category = (await this.templates.checkAll(contentsOf(draft), channels)) ?? draft.category;
    const survey = await this.surveys.of({ ...draft, category }, channels);
    if (survey.missing.length > 0) throw new MissingVariablesError(survey.missing, survey.recipients);
    if (survey.recipients + survey.windowClosed === 0) throw new EmptyAudienceError(hintFor(draft));
    this.refuseUnconfirmed(order, survey.recipients);
    const channelIds = channels.map((channel) => channel.id);
    const campaign = await this.opening.open({ ...draft, category }, channelIds, survey, startedBy, order);
    return { draft, channels, category, survey, campaign };
  }

  private refuseUnconfirmed(order: StartOrder, recipients: number): void {
    const { confirmAbove } = this.config;
    if (order.kind !== 'by-hand' || order.isUnconfirmed !== true) return;
    if (needsConfirmation(recipients, confirmAbove))
      throw new ConfirmationNeededError(recipients, confirmAbove);
  }
}

function refuseUnsupportedOf(campaign: Campaign, channels: readonly ListedChannel[]): void {
  for (const [index, content] of contentsOf(campaign).entries()) {
    const at = campaign.variants === null ? '/content' : `/variants/${index}/content`;
    refuseUnsupported(channels, content, at);
  }
}

function hintFor({ audience }: Campaign): string {
  switch (audience.kind) {
    case 'file':
      return `none of the ${audience.rows} rows of "${audience.fileName}" has a number that may be written to.`;
    case 'tags':
      return 'no contact has these tags, or all who have them opted out.';
    case 'conditions':
      return 'no contact matches all of its conditions, or all who do opted out; POST /api/audiences/count tries them.';
    case 'contacts':
      return 'none of these contacts exists any more, or all of them opted out.';
    case 'all':
      return 'this workspace has no contacts, or all of them opted out; POST /api/contacts/imports brings some.';
    case 'event':
      return `no contact of the event "${audience.eventId}" has a ticket, or all who have one opted out.`;
    case 'bulk':
      return 'its messages came with the request that made it, and were sent.';
    default:
      return assertNever(audience);
  }
}

function warningsOf(channels: readonly ListedChannel[]): string[] {
  return channels
    .filter((channel) => channel.heldCode !== null)
    .map((channel) => `Channel "${channel.name}" is held: ${channel.heldReason ?? channel.heldCode}`);
}

function overrideOf(campaign: Campaign, actual: MessageCategory): string[] {
  const { category } = campaign;
  const names = contentsOf(campaign).flatMap((content) =>
    content.type === 'template' ? [content.name] : [],
  );
  if (category === actual || names.length === 0) return [];
  const templates = names.length === 1 ? `Template "${names[0]}" is` : `Of "${names.join('", "')}", one is`;
  return [
    `${templates} ${actual}: the campaign counts as ${actual}, not as ${category}, for those who opted out.`,
  ];
}
