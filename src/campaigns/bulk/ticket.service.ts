import { Injectable, Logger } from '@nestjs/common';
import { ChannelChoices } from '../../channels/channel-choice.js';
import { DomainError } from '../../common/domain-error.js';
import { foldName } from '../../common/fold-name.js';
import { AttributeKeyRepository } from '../../contacts/attribute-key.repository.js';
import { isProvedUndone } from '../../ledger/commit-doubt.js';
import type { MessageCategory } from '../../ledger/suppression.js';
import { skippedByCode, type BulkStarted } from './bulk.js';
import { BulkOutcomeUnknownError } from './bulk.errors.js';
import type { CampaignPlan } from '../campaign.js';
import { CampaignStartService, type CampaignStarted } from '../campaign-start.service.js';
import { CampaignSurveys } from '../campaign-survey.js';
import { CampaignService } from '../campaign.service.js';
import { EventNotFoundError, noTickets } from './ticket.errors.js';
import { EVENT_ATTRIBUTE, ticketContent } from './ticket-rules.js';
import { TicketSurveyRepository, type TicketSurvey } from './ticket-survey.repository.js';

export interface TicketOrder {
  readonly eventId: string;
  /** The caption; may hold variables. */
  readonly message: string | null;
  readonly channelId: string | null;
  readonly category: MessageCategory;
}

/** Sends everybody who comes to an event their own ticket: a campaign that is made and started in one request. */
@Injectable()
export class TicketService {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly channels: ChannelChoices,
    private readonly surveys: CampaignSurveys,
    private readonly tickets: TicketSurveyRepository,
    private readonly attributes: AttributeKeyRepository,
    private readonly campaigns: CampaignService,
    private readonly starts: CampaignStartService,
  ) {}

  async send(workspaceId: string, order: TicketOrder, by: string): Promise<BulkStarted> {
    const { eventId, message, category } = order;
    const channel = await this.channels.choose(workspaceId, {
      channelId: order.channelId,
      instanceName: null,
    });
    const plan: CampaignPlan = {
      name: `Tickets of event ${eventId}`.slice(0, 200),
      content: ticketContent(message),
      audience: { kind: 'event', eventId },
      channelIds: [channel.id],
      category,
    };
    const survey = await this.surveyOf(workspaceId, eventId, plan);
    const started = await this.start(workspaceId, plan, by);
    return {
      campaignId: started.campaign.id,
      total: survey.contacts,
      skipped: skippedOf(survey, started),
      estimatedMs: started.estimatedMs,
    };
  }

  private async surveyOf(workspaceId: string, eventId: string, plan: CampaignPlan): Promise<TicketSurvey> {
    const survey = await this.tickets.of(await this.surveys.scopeOf({ ...plan, workspaceId, id: '' }));
    if (survey.contacts === 0) {
      const names = await this.attributes.list(workspaceId);
      const alike = names.filter(
        (name) => name !== EVENT_ATTRIBUTE && foldName(name) === foldName(EVENT_ATTRIBUTE),
      );
      throw new EventNotFoundError(eventId, alike);
    }
    const { no_ticket_url: without, bad_ticket_url: wrong } = survey.rejected;
    if (without + wrong === survey.contacts) throw noTickets(eventId, survey);
    return survey;
  }

  /** A campaign that could not be started is not left behind as a draft that nobody asked for. */
  private async start(workspaceId: string, plan: CampaignPlan, by: string): Promise<CampaignStarted> {
    const { id } = await this.campaigns.create(workspaceId, plan, by);
    try {
      return await this.starts.start(workspaceId, id, by);
    } catch (error) {
      if (error instanceof DomainError || isProvedUndone(error)) {
        await this.campaigns.remove(workspaceId, id).catch(() => undefined);
        throw error;
      }
      this.logger.error(`whether campaign ${id} was started is not known: ${(error as Error).message}`);
      throw new BulkOutcomeUnknownError();
    }
  }
}

/** Who is not sent to, has a ticket and an open window opted out. */
function skippedOf(
  { contacts, rejected }: TicketSurvey,
  { estimatedContacts, windowClosed }: CampaignStarted,
): Record<string, number> {
  const notSent = contacts - estimatedContacts;
  const suppressed = notSent - rejected.no_ticket_url - rejected.bad_ticket_url - windowClosed;
  return skippedByCode({ ...rejected, suppressed, window_closed: windowClosed });
}
