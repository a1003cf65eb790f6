import type { Misfire, Overlap } from './recurrence.js';
import type { RecurrenceKept } from './schedule.js';

/** A row of `schedules` as JSON has it. */
export interface RecurrenceRow {
  cron: string;
  timezone: string;
  misfire: Misfire;
  overlap: Overlap;
  until: string | null;
  skipped_at: string | null;
  skipped_reason: string | null;
}

export function recurrenceOf(row: RecurrenceRow | null): RecurrenceKept | null {
  if (row === null) return null;
  const { cron, timezone, misfire, overlap } = row;
  const [until, skippedAt] = [row.until, row.skipped_at].map((at) => (at === null ? null : new Date(at)));
  return {
    cron,
    timezone,
    misfire,
    overlap,
    until: until ?? null,
    skippedAt: skippedAt ?? null,
    skippedReason: row.skipped_reason,
  };
}
