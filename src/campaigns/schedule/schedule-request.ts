import { isTimeZone } from '../../contacts/contact-rules.js';
import { invalid } from '../field-fault.js';
import { instantOf, isLocalTime } from './local-time.js';
import { cronFault, type Recurrence } from './recurrence.js';
import type { Schedule } from './schedule.js';
import type { RecurrenceDto } from './schedule.dto.js';

export interface ScheduleFields {
  readonly scheduledAt?: string | null;
  readonly timezone?: string | null;
  readonly recurrence?: RecurrenceDto | null;
  readonly confirm?: boolean | null;
}

/** What a request says of when to start; null takes that away, undefined leaves it as it is. */
export function scheduleOf({
  scheduledAt,
  timezone,
  recurrence,
  confirm,
}: ScheduleFields): Schedule | null | undefined {
  const said = confirm === true ? { isConfirmed: true } : {};
  const isOnce = scheduledAt !== undefined && scheduledAt !== null;
  if (isOnce && recurrence !== undefined && recurrence !== null) {
    throw invalid('recurrence', 'scheduledAt and recurrence exclude each other: one start, or many');
  }
  if (isOnce) return { kind: 'once', at: timeOf(scheduledAt, timezone ?? null), ...said };
  if (timezone !== undefined && timezone !== null) {
    throw invalid('timezone', 'timezone belongs to scheduledAt; that of a recurrence stands in it');
  }
  if (recurrence !== undefined && recurrence !== null) {
    return { kind: 'recurring', rule: ruleOf(recurrence), ...said };
  }
  return scheduledAt === null || recurrence === null ? null : undefined;
}

function timeOf(text: string, timezone: string | null): Date {
  if (timezone !== null) checkZone('timezone', timezone);
  const at = instantOf(text, timezone);
  if (at !== null) return at;
  throw invalid(
    'scheduledAt',
    isLocalTime(text) && timezone === null
      ? `scheduledAt "${text}" has no offset: add one ("${text}-06:00", "${text}Z"), or say timezone ("America/Mexico_City")`
      : `scheduledAt "${text}" is no moment such as "2026-05-01T09:00:00-06:00", or "2026-05-01T09:00" with timezone`,
  );
}

function ruleOf({ cron, timezone, misfire, overlap, until }: RecurrenceDto): Recurrence {
  const fault = cronFault(cron);
  if (fault !== null) {
    throw invalid(
      'recurrence/cron',
      `"${cron}" is no cron expression of five fields such as "0 9 * * 1": ${fault}`,
    );
  }
  checkZone('recurrence/timezone', timezone);
  return {
    cron,
    timezone,
    misfire: misfire ?? 'skip',
    overlap: overlap ?? 'skip',
    until: until === undefined || until === null ? null : untilOf(until, timezone),
  };
}

function untilOf(text: string, timezone: string): Date {
  const until = instantOf(text, timezone);
  if (until !== null) return until;
  throw invalid(
    'recurrence/until',
    `until "${text}" is no moment such as "2027-12-31T23:59", which is in ${timezone}, or one with an offset`,
  );
}

function checkZone(field: string, timezone: string): void {
  if (isTimeZone(timezone)) return;
  throw invalid(field, `"${timezone}" is no IANA time zone such as America/Mexico_City`);
}
