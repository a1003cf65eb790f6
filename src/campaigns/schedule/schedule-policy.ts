import { latestRun, nextRun, type Overlap, type Recurrence } from './recurrence.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** An occurrence that was not made, and why. */
export interface SkippedRun {
  readonly at: Date;
  readonly reason: string;
}

/** What is to be done about a rule whose next occurrence is due. */
export interface ScheduleTurn {
  /** The occurrence to make; however long nobody looked, it is one at most. */
  readonly run: Date | null;
  readonly skipped: SkippedRun | null;
  /** Null: that was the last. */
  readonly next: Date | null;
}

export function isTooLate(dueAt: Date, now: Date, mostLatenessMs: number): boolean {
  return now.getTime() - dueAt.getTime() > mostLatenessMs;
}

/** `dueAt` is an occurrence, and not later than `now`. */
export function turnOf(rule: Recurrence, dueAt: Date, now: Date, mostLatenessMs: number): ScheduleTurn {
  const latest = latestRun(rule, dueAt, now);
  const next = nextRun(rule, now);
  if (rule.misfire === 'skip' && isTooLate(latest, now, mostLatenessMs)) {
    const reason = `It was found ${latenessText(latest, now)} late, and its misfire policy is "skip".`;
    return { run: null, skipped: { at: latest, reason }, next };
  }
  if (latest.getTime() === dueAt.getTime()) return { run: latest, skipped: null, next };
  const reason = `Nobody was there to start what was due from then on; it fell together into the occurrence of ${latest.toISOString()}.`;
  return { run: latest, skipped: { at: dueAt, reason }, next };
}

/** Occurrences of a campaign that have not ended. */
export interface OpenOccurrences {
  readonly running: number;
  /** Those that have not started. */
  readonly waiting: number;
}

/** Why an occurrence is not made beside these; null when it is. One may wait behind one that runs, not a line of them. */
export function overlapFault(overlap: Overlap, { running, waiting }: OpenOccurrences): string | null {
  if (overlap === 'skip') {
    return running + waiting > 0
      ? 'The occurrence before it had not ended, and the overlap policy is "skip".'
      : null;
  }
  return waiting > 0 ? 'Another occurrence was waiting already for the one before it to end.' : null;
}

/** For people: "4 h", "1 h 30 min", "20 min". */
export function latenessText(dueAt: Date, now: Date): string {
  const lateMs = Math.max(0, now.getTime() - dueAt.getTime());
  const hours = Math.floor(lateMs / HOUR_MS);
  const minutes = Math.floor((lateMs % HOUR_MS) / MINUTE_MS);
  if (hours === 0) return `${minutes} min`;
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}
