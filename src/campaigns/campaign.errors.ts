import { DomainError } from '../common/domain-error.js';
import type { CampaignStatus } from './campaign-state.js';

export class CampaignNotFoundError extends DomainError {
  constructor(id: string) {
    super('missing', 'campaign_not_found', `There is no campaign "${id}" in this workspace.`);
  }
}

/** The request makes no sense in the status that the campaign is in. */
export class CampaignStatusError extends DomainError {
  constructor(what: string, status: CampaignStatus, hint = '') {
    super(
      'conflict',
      'campaign_status',
      `A campaign that is ${status} cannot be ${what}${hint === '' ? '.' : `: ${hint}`}`,
      {
        params: { campaignStatus: status },
      },
    );
  }
}

export class EmptyAudienceError extends DomainError {
  constructor(hint: string) {
    super('unprocessable', 'empty_audience', `The audience has nobody who can be written to: ${hint}`, {
      errors: [{ pointer: '/audience', detail: hint }],
    });
  }
}

export interface MissingVariable {
  /** As written between the braces. */
  readonly name: string;
  /** Recipients that have no value for it. */
  readonly rows: number;
}

export class MissingVariablesError extends DomainError {
  constructor(missing: readonly MissingVariable[], recipients: number) {
    const told = missing.map(
      ({ name, rows }) => `{{${name}}} is missing or empty for ${rows} of ${recipients} recipients`,
    );
    const [first] = missing;
    super(
      'unprocessable',
      'missing_variables',
      `${told.join('; ')}. Fill it in, or give a default: {{${first?.name ?? 'name'}|…}}`,
      { errors: told.map((detail) => ({ pointer: '/content', detail })), params: { missing, recipients } },
    );
  }
}

/** What recurs is not sent itself. */
export class CampaignRecursError extends DomainError {
  constructor() {
    super(
      'conflict',
      'campaign_recurs',
      'A campaign that recurs is not started by hand: each of its occurrences starts by itself. To send it now as ' +
        'well, duplicate it and start the copy; to send it now instead, take its recurrence away first.',
    );
  }
}
