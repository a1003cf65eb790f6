import { DomainError } from '../../common/domain-error.js';
import { EmptyAudienceError } from '../campaign.errors.js';
import { EVENT_ATTRIBUTE } from './ticket-rules.js';
import type { TicketSurvey } from './ticket-survey.repository.js';

/** `spellings`: names of attributes that were perhaps meant. */
export class EventNotFoundError extends DomainError {
  constructor(eventId: string, spellings: readonly string[]) {
    const other =
      spellings.length === 0
        ? ''
        : ` Contacts have ${spellings.map((name) => `"${name}"`).join(', ')}: the attribute must be written "${EVENT_ATTRIBUTE}".`;
    const detail = `No contact of this workspace has the attribute ${EVENT_ATTRIBUTE} "${eventId}".${other}`;
    super('missing', 'event_not_found', detail, { errors: [{ pointer: `/${EVENT_ATTRIBUTE}`, detail }] });
  }
}

export function noTickets(
  eventId: string,
  { contacts, rejected, optedOut }: TicketSurvey,
): EmptyAudienceError {
  return new EmptyAudienceError(
    `of ${contacts} contacts of the event "${eventId}", ${rejected.no_ticket_url} have no ticket_url, that of ` +
      `${rejected.bad_ticket_url} is not an address that begins with https://, and ${optedOut} opted out.`,
  );
}
