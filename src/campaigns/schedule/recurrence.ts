import { Cron } from 'croner';

/** What becomes of an occurrence that nobody could start in time. */
export const MISFIRES = ['skip', 'once'] as const;
export type Misfire = (typeof MISFIRES)[number];

/** What becomes of an occurrence whose forerunner has not ended. */
export const OVERLAPS = ['skip', 'queue'] as const;
export type Overlap = (typeof OVERLAPS)[number];

export interface Recurrence {
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** In whose local time the fields are. */
  readonly timezone: string;
  readonly misfire: Misfire;
  readonly overlap: Overlap;
  /** The last instant at which there may be an occurrence. */
  readonly until: Date | null;
}

type Rule = Pick<Recurrence, 'cron' | 'timezone' | 'until'>;

/**
 * The first occurrence after an instant, or null where there is none any more. A time of day that the clock jumps over
 * is at the end of the gap, one that comes twice is at the first of both; only fields with * or a step go by elapsed
 * time.
 */
export function nextRun(rule: Rule, after: Date): Date | null {
  return within(rule, compiled(rule).nextRun(after));
}

export function nextRuns(rule: Rule, after: Date, count: number): Date[] {
  return compiled(rule)
    .nextRuns(count, after)
    .filter((run) => within(rule, run) !== null);
}

/**
 * The last occurrence that is not later than `now`, where `from` is one already. By halves, so that a rule of every
 * minute that was not looked at for a year costs some thirty steps as well.
 */
export function latestRun(rule: Rule, from: Date, now: Date): Date {
  const cron = compiled(rule);
  let latest = from;
  let laterMs = now.getTime();
  while (laterMs - latest.getTime() > 1000) {
    const middle = new Date(Math.floor((latest.getTime() + laterMs) / 2));
    const run = within(rule, cron.nextRun(middle));
    if (run !== null && run <= now) latest = run;
    else laterMs = middle.getTime();
  }
  return latest;
}

/** What is wrong with an expression; null when nothing is. */
export function cronFault(cron: string): string | null {
  try {
    compiled({ cron, timezone: 'UTC' });
    return null;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, '');
  }
}

function compiled({ cron, timezone }: Pick<Rule, 'cron' | 'timezone'>): Cron {
  return new Cron(cron, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true });
}

function within({ until }: Rule, run: Date | null): Date | null {
  return run === null || (until !== null && run > until) ? null : run;
}
