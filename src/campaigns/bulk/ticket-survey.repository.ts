import { Injectable } from '@nestjs/common';
import { Sql } from '../../database/sql.js';
import { inAudience, ticketRejectOf, valuesOf, type AudienceScope } from '../audience/audience-source.js';
import { SqlParameters } from '../sql-parameters.js';
import { TICKET_REJECTS, type TicketReject } from './ticket-rules.js';

export interface TicketSurvey {
  /** Contacts of the event. */
  readonly contacts: number;
  /** Of these, those that get nothing. */
  readonly rejected: Readonly<Record<TicketReject, number>>;
  /** Of those with a ticket, those that opted out. */
  readonly optedOut: number;
}

@Injectable()
export class TicketSurveyRepository {
  constructor(private readonly sql: Sql) {}

  /**
   * The contacts of an event by their index, or in one pass where they are most of all. With OFFSET each address is
   * judged once, and not again for each of the counts.
   */
  async of(scope: AudienceScope): Promise<TicketSurvey> {
    const p = new SqlParameters();
    const [none, bad] = TICKET_REJECTS;
    const [row] = await this.sql.query<{ contacts: number; none: number; bad: number; optedOut: number }>(
      `SELECT count(*)::int AS contacts, (count(*) FILTER (WHERE judged.reject = '${none}'))::int AS none,
              (count(*) FILTER (WHERE judged.reject = '${bad}'))::int AS bad,
              (count(*) FILTER (WHERE judged.reject IS NULL AND part.opted_out_at IS NOT NULL))::int AS "optedOut"
       FROM contacts part
       CROSS JOIN LATERAL (SELECT ${valuesOf(scope, 'part', p)}) AS v
       CROSS JOIN LATERAL (SELECT ${ticketRejectOf(scope)} AS reject OFFSET 0) AS judged
       WHERE ${inAudience(scope, 'part', p)}`,
      p.values,
    );
    const { contacts, none: without, bad: wrong, optedOut } = row!;
    return { contacts, rejected: { no_ticket_url: without, bad_ticket_url: wrong }, optedOut };
  }
}
