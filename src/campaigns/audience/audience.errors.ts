import { DomainError } from '../../common/domain-error.js';

const MOST_NAMED = 30;

/** Of a route that names one. */
export class AudienceNotFoundError extends DomainError {
  constructor(id: string) {
    super('missing', 'audience_not_found', `There is no audience "${id}" in this workspace.`);
  }
}

/** Of a campaign that names one. */
export class SavedAudienceMissingError extends DomainError {
  constructor(id: string) {
    const detail = `There is no audience "${id}" in this workspace; GET /api/audiences lists those that there are.`;
    super('unprocessable', 'audience_not_found', detail, {
      errors: [{ pointer: '/audience/savedAudienceId', detail }],
    });
  }
}

export class AudienceNameTakenError extends DomainError {
  constructor(name: string) {
    const detail = `There is an audience "${name}" already; names are told apart without case.`;
    super('conflict', 'audience_name_taken', detail, { errors: [{ pointer: '/name', detail }] });
  }
}

export class AudienceInUseError extends DomainError {
  constructor(campaigns: readonly { readonly id: string; readonly name: string }[]) {
    const names = campaigns.map(({ name }) => `"${name}"`).join(', ');
    super(
      'conflict',
      'audience_in_use',
      `Campaigns that have yet to start need it: ${names}. Give them another audience, or delete them, first.`,
      { params: { campaigns } },
    );
  }
}

/** A misspelt name would match nobody, or with "missing" and "ne" everybody. */
export class UnknownAttributeError extends DomainError {
  constructor(key: string, pointer: string, known: readonly string[]) {
    const more = known.length > MOST_NAMED ? ', …' : '';
    const names = known.length === 0 ? 'none' : `${known.slice(0, MOST_NAMED).join(', ')}${more}`;
    const detail = `No contact of this workspace ever had an attribute "${key}"; known are: ${names}.`;
    super('unprocessable', 'attribute_not_found', detail, { errors: [{ pointer, detail }] });
  }
}

export class ExcludedCampaignError extends DomainError {
  constructor(id: string, pointer: string) {
    const detail = `There is no campaign "${id}" in this workspace whose recipients could be left out.`;
    super('unprocessable', 'campaign_not_found', detail, { errors: [{ pointer, detail }] });
  }
}
