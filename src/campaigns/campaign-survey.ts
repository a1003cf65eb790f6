import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../channels/channel-directory.js';
import { variablesOf } from '../channels/render-content.js';
import { AttributeKeyRepository } from '../contacts/attribute-key.repository.js';
import type { Audience } from './audience/audience.js';
import { AudienceRepository } from './audience/audience.repository.js';
import { AudienceResolving } from './audience/audience-resolving.js';
import type { AudienceScope } from './audience/audience-source.js';
import type { Campaign, CampaignPlan } from './campaign.js';
import type { MissingVariable } from './campaign.errors.js';
import { variableSources } from './audience/variable-sources.js';
import { contentsOf } from './variants/variant.js';
import { closingChannels } from './window-rule.js';

export interface CampaignSurvey {
  readonly recipients: number;
  /** Who is skipped because they wrote to none of its channels within 24 hours, and its content asks for that. */
  readonly windowClosed: number;
  /** Variables without a default that some of them have no value for. */
  readonly missing: readonly MissingVariable[];
  readonly lastPosition: string;
  /** As it was resolved for this: what a start keeps with the campaign. */
  readonly audience: Audience;
}

/** What of a campaign says whom it would reach, and with what. */
export type SurveyedPlan = Pick<Campaign, 'workspaceId' | 'id' | 'audience' | 'category' | 'content'> &
  Pick<CampaignPlan, 'variants'>;

/** Looks at whom a campaign would reach, and with what, before a row of it is written. */
@Injectable()
export class CampaignSurveys {
  constructor(
    private readonly audiences: AudienceRepository,
    private readonly attributes: AttributeKeyRepository,
    private readonly resolving: AudienceResolving,
  ) {}

  async of(campaign: Campaign, channels: readonly ListedChannel[]): Promise<CampaignSurvey> {
    const scope = await this.scopeOf(campaign);
    const closing = closingChannels(campaign.content, channels);
    const { recipients, windowClosed, lacking, lastPosition } = await this.audiences.survey(scope, closing);
    const missing = scope.variables.flatMap(({ name, fallback }, index) => {
      const rows = lacking[index] ?? 0;
      return fallback === null && rows > 0 ? [{ name, rows }] : [];
    });
    return { recipients, windowClosed, missing, lastPosition, audience: scope.audience };
  }

  /** Where each variable of a campaign finds its value: in columns, in contact fields, in attributes of any spelling. */
  async scopeOf(campaign: SurveyedPlan): Promise<AudienceScope> {
    const variables = variablesOf(contentsOf(campaign));
    const names = variables.length === 0 ? [] : await this.attributes.list(campaign.workspaceId);
    const { audience, filter } = await this.resolving.of(campaign.workspaceId, campaign.audience);
    return {
      workspaceId: campaign.workspaceId,
      campaignId: campaign.id,
      audience,
      filter,
      category: campaign.category,
      variables: variableSources(variables, names, campaign.audience),
      weights: campaign.variants?.map(({ weight }) => weight) ?? null,
    };
  }
}
