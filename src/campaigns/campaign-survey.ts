import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../channels/channel-directory.js';
import { variablesOf } from '../channels/render-content.js';
import { AttributeKeyRepository } from '../contacts/attribute-key.repository.js';
import { AudienceRepository } from './audience/audience.repository.js';
import type { AudienceScope } from './audience/audience-source.js';
import type { Campaign } from './campaign.js';
import type { MissingVariable } from './campaign.errors.js';
import { variableSources } from './audience/variable-sources.js';
import { closingChannels } from './window-rule.js';

export interface CampaignSurvey {
  readonly recipients: number;
  /** Who is skipped because they wrote to none of its channels within 24 hours, and its content asks for that. */
  readonly windowClosed: number;
  /** Variables without a default that some of them have no value for. */
  readonly missing: readonly MissingVariable[];
  readonly lastPosition: string;
}

/** What of a campaign says whom it would reach, and with what. */
export type SurveyedPlan = Pick<Campaign, 'workspaceId' | 'id' | 'audience' | 'category' | 'content'>;

/** Looks at whom a campaign would reach, and with what, before a row of it is written. */
@Injectable()
export class CampaignSurveys {
  constructor(
    private readonly audiences: AudienceRepository,
    private readonly attributes: AttributeKeyRepository,
  ) {}

  async of(campaign: Campaign, channels: readonly ListedChannel[]): Promise<CampaignSurvey> {
    const scope = await this.scopeOf(campaign);
    const closing = closingChannels(campaign.content, channels);
    const { recipients, windowClosed, lacking, lastPosition } = await this.audiences.survey(scope, closing);
    const missing = scope.variables.flatMap(({ name, fallback }, index) => {
      const rows = lacking[index] ?? 0;
      return fallback === null && rows > 0 ? [{ name, rows }] : [];
    });
    return { recipients, windowClosed, missing, lastPosition };
  }

  /** Where each variable of a campaign finds its value: in columns, in contact fields, in attributes of any spelling. */
  async scopeOf(campaign: SurveyedPlan): Promise<AudienceScope> {
    const variables = campaign.content === null ? [] : variablesOf(campaign.content);
    const names = variables.length === 0 ? [] : await this.attributes.list(campaign.workspaceId);
    return {
      workspaceId: campaign.workspaceId,
      campaignId: campaign.id,
      audience: campaign.audience,
      category: campaign.category,
      variables: variableSources(variables, names, campaign.audience),
    };
  }
}
