import { Injectable } from '@nestjs/common';
import { variableKey } from '../../channels/render-content.js';
import { Clock } from '../../common/clock.js';
import { AttributeKeyRepository } from '../../contacts/attribute-key.repository.js';
import { wallTime } from '../schedule/local-time.js';
import type { Audience } from './audience.js';
import type { Selection } from './audience-condition.js';
import { AudienceFactsRepository } from './audience-facts.repository.js';
import type { AudienceFilter } from './audience-filter.js';
import { SavedAudienceMissingError } from './audience.errors.js';
import { SavedAudienceRepository } from './saved-audience.repository.js';

export interface ResolvedAudience {
  readonly audience: Audience;
  /** Null: it asks for nothing that has to be resolved. */
  readonly filter: AudienceFilter | null;
}

/** Says what the conditions of an audience mean now; of a campaign that was started, what they meant then. */
@Injectable()
export class AudienceResolving {
  constructor(
    private readonly saved: SavedAudienceRepository,
    private readonly attributes: AttributeKeyRepository,
    private readonly facts: AudienceFactsRepository,
    private readonly clock: Clock,
  ) {}

  async of(workspaceId: string, asked: Audience): Promise<ResolvedAudience> {
    if (asked.kind !== 'conditions') return { audience: asked, filter: null };
    const resolved = asked.resolved ?? (await this.resolved(workspaceId, asked));
    const { at, today, selections } = resolved;
    const campaigns = new Set(selections.flatMap(({ excludeCampaigns }) => excludeCampaigns));
    return {
      audience: { ...asked, resolved },
      filter: {
        selections,
        at: new Date(at),
        today,
        spellings: await this.spellings(workspaceId, selections),
        excludedDispatches: await this.facts.dispatchesOf(workspaceId, [...campaigns]),
      },
    };
  }

  private async resolved(
    workspaceId: string,
    { selection, savedAudienceId }: Extract<Audience, { kind: 'conditions' }>,
  ) {
    const now = this.clock.now();
    const saved = savedAudienceId === null ? null : await this.saved.find(workspaceId, savedAudienceId);
    if (savedAudienceId !== null && saved === null) throw new SavedAudienceMissingError(savedAudienceId);
    return {
      at: now.toISOString(),
      today: wallTime(now, await this.facts.timezoneOf(workspaceId)).slice(0, 10),
      savedAudienceName: saved?.name ?? null,
      selections: saved === null ? [selection] : [saved.selection, selection],
    };
  }

  /** Spellings only grow in number, so they are looked up where they are needed and kept with nobody. */
  private async spellings(
    workspaceId: string,
    selections: readonly Selection[],
  ): Promise<Map<string, string[]>> {
    const wanted = selections.flatMap(({ attributes }) => attributes.map(({ key }) => variableKey(key)));
    const names = wanted.length === 0 ? [] : await this.attributes.list(workspaceId);
    return new Map(wanted.map((key) => [key, names.filter((name) => variableKey(name) === key)]));
  }
}
