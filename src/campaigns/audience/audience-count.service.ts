import { Injectable } from '@nestjs/common';
import type { MessageCategory } from '../../ledger/suppression.js';
import type { Audience } from './audience.js';
import { AudienceCheck } from './audience-check.js';
import { AudienceCountRepository, type AudienceCount } from './audience-count.repository.js';
import { AudienceResolving } from './audience-resolving.js';

/** Files alone are read by their campaign. */
const NO_CAMPAIGN = '';

export type CountedAudience = AudienceCount & { readonly recipients: number };

/** How many contacts an audience holds now. */
@Injectable()
export class AudienceCounts {
  constructor(
    private readonly check: AudienceCheck,
    private readonly resolving: AudienceResolving,
    private readonly counts: AudienceCountRepository,
  ) {}

  async of(workspaceId: string, asked: Audience, category: MessageCategory): Promise<CountedAudience> {
    await this.check.of(workspaceId, asked);
    const { audience, filter } = await this.resolving.of(workspaceId, asked);
    const count = await this.counts.count({
      workspaceId,
      campaignId: NO_CAMPAIGN,
      audience,
      filter,
      category,
      variables: [],
    });
    return { ...count, recipients: count.contacts - count.optedOut };
  }
}
