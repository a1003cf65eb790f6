import { invalid } from '../field-fault.js';
import type { Audience } from './audience.js';
import type { Selection } from './audience-condition.js';
import type { AudienceDto } from './audience.dto.js';
import { parseConditions } from './parse-conditions.js';

const MEMBERS =
  'tags, anyTags, notTags, attributes, seenWithinDays, notSeenSinceDays, excludeCampaigns or savedAudienceId';

/** What a request asks for as an audience. Nothing at all is no way to say everybody. */
export function audienceOf(dto: AudienceDto): Audience {
  const selection = selectionOf(dto);
  const { tags, anyTags, notTags } = selection;
  const savedAudienceId = dto.savedAudienceId ?? null;
  if (savedAudienceId !== null || asksMoreThanTags(selection)) {
    return { kind: 'conditions', selection, savedAudienceId };
  }
  if (tags.length + anyTags.length + notTags.length > 0) return { kind: 'tags', tags, anyTags, notTags };
  if (dto.all === true) return { kind: 'all' };
  throw invalid('audience', `audience must say {"all":true} or name ${MEMBERS}`);
}

/** The same for one that is saved: it stands by itself. */
export function savedSelectionOf(dto: AudienceDto): Selection {
  const audience = audienceOf(dto);
  if (audience.kind === 'conditions' && audience.savedAudienceId !== null) {
    throw invalid(
      'audience/savedAudienceId',
      'a saved audience cannot name another: write down what it asks for',
    );
  }
  return selectionOf(dto);
}

function selectionOf(dto: AudienceDto): Selection {
  const { tags, anyTags, notTags, attributes, seenWithinDays, notSeenSinceDays, excludeCampaigns } = dto;
  return {
    tags: tags ?? [],
    anyTags: anyTags ?? [],
    notTags: notTags ?? [],
    attributes:
      attributes === undefined || attributes === null
        ? []
        : parseConditions(attributes, 'audience/attributes'),
    seenWithinDays: seenWithinDays ?? null,
    notSeenSinceDays: notSeenSinceDays ?? null,
    excludeCampaigns: [...new Set((excludeCampaigns ?? []).map((id) => id.toLowerCase()))],
  };
}

function asksMoreThanTags(selection: Selection): boolean {
  const { attributes, seenWithinDays, notSeenSinceDays, excludeCampaigns } = selection;
  return (
    attributes.length + excludeCampaigns.length > 0 || seenWithinDays !== null || notSeenSinceDays !== null
  );
}
