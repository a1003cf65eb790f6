import { Injectable } from '@nestjs/common';
import { variableKey } from '../../channels/render-content.js';
import { AttributeKeyRepository } from '../../contacts/attribute-key.repository.js';
import { invalid } from '../field-fault.js';
import type { Audience } from './audience.js';
import type { Selection } from './audience-condition.js';
import { AudienceFactsRepository } from './audience-facts.repository.js';
import {
  ExcludedCampaignError,
  SavedAudienceMissingError,
  UnknownAttributeError,
} from './audience.errors.js';
import { SavedAudienceRepository } from './saved-audience.repository.js';

/** What every contact has. */
const FIELDS: readonly string[] = ['name', 'phone'];

/** Refuses an audience that names what is not there, when it is written down and not first when it is used. */
@Injectable()
export class AudienceCheck {
  constructor(
    private readonly saved: SavedAudienceRepository,
    private readonly attributes: AttributeKeyRepository,
    private readonly facts: AudienceFactsRepository,
  ) {}

  async of(workspaceId: string, audience: Audience): Promise<void> {
    if (audience.kind !== 'conditions') return;
    const { savedAudienceId, selection } = audience;
    if (savedAudienceId !== null && (await this.saved.find(workspaceId, savedAudienceId)) === null) {
      throw new SavedAudienceMissingError(savedAudienceId);
    }
    await this.ofSelection(workspaceId, selection);
  }

  async ofSelection(workspaceId: string, { attributes, excludeCampaigns }: Selection): Promise<void> {
    if (attributes.length > 0) {
      const names = await this.attributes.list(workspaceId);
      const known = new Set([...FIELDS, ...names.map(variableKey)]);
      const index = attributes.findIndex(({ key }) => !known.has(variableKey(key)));
      if (index !== -1) {
        const { key } = attributes[index]!;
        throw new UnknownAttributeError(key, `/audience/attributes/${index}/key`, names);
      }
    }
    if (excludeCampaigns.length > 0) await this.checkCampaigns(workspaceId, excludeCampaigns);
  }

  private async checkCampaigns(workspaceId: string, ids: readonly string[]): Promise<void> {
    const campaigns = new Map(
      (await this.facts.campaigns(workspaceId, ids)).map((campaign) => [campaign.id, campaign]),
    );
    for (const [index, id] of ids.entries()) {
      const campaign = campaigns.get(id);
      if (campaign === undefined) {
        throw new ExcludedCampaignError(id, `/audience/excludeCampaigns/${index}`);
      }
      if (campaign.recurs) {
        throw invalid(
          `audience/excludeCampaigns/${index}`,
          `"${campaign.name}" recurs and sends nothing itself; name its occurrences, GET /api/campaigns?parentId=${id}`,
        );
      }
    }
  }
}
