import type { ChannelLimits } from './channel-limits.js';

export type StandingQuality = 'GREEN' | 'YELLOW' | 'RED' | 'UNKNOWN';

/** What a provider thinks of a number, as it was last read or heard; members that were never said are missing. */
export interface ChannelStanding {
  readonly quality: StandingQuality;
  /** Unique people outside open windows in a moving 24 h; null for no limit. */
  readonly recipientsPerDay?: number | null;
  /** Messages a second that the provider takes. */
  readonly throughputPerSecond?: number;
  readonly displayName?: string;
  readonly displayPhone?: string;
  /** The provider's newest word about number or account, and why. */
  readonly what?: string;
  readonly reason?: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * What whoever runs the channel should know of it; nothing of this keeps it from sending. `contactsPerDay`: its budget of
 * contacts, which keeps campaigns below what the provider allows; null without one.
 */
export function standingWarnings(
  standing: ChannelStanding | null,
  limits: ChannelLimits,
  contactsPerDay: number | null = null,
): string[] {
  if (standing === null) return [];
  const { quality, throughputPerSecond: most, recipientsPerDay: people } = standing;
  const { perSecond, perDay } = limits;
  const warnings: string[] = [];
  if (quality === 'RED') {
    warnings.push(
      'The provider rates the quality of this number RED: people block or report it. It may be limited or stopped; ' +
        'send less, and to people who expect it.',
    );
  }
  if (most !== undefined && perSecond === undefined) {
    warnings.push(
      `The provider takes ${most} messages a second and no limit perSecond is set: set ${most}, or it will say that ` +
        'it is too fast.',
    );
  } else if (most !== undefined && perSecond! > most) {
    warnings.push(
      `The limit perSecond is ${perSecond} and the provider takes ${most} a second: it will say that it is too fast; ` +
        `set perSecond to ${most}.`,
    );
  } else if (most !== undefined && perSecond! < most) {
    warnings.push(
      `The limit perSecond is ${perSecond}; the provider would take ${most} a second. If nothing else speaks against ` +
        `it, perSecond may be ${most}.`,
    );
  }
  const most24h = Math.min(perDay ?? Infinity, contactsPerDay ?? Infinity);
  if (typeof people === 'number' && most24h > people) {
    warnings.push(
      `The provider lets this number begin conversations with ${people} people in 24 hours. What goes beyond is ` +
        `refused; dailyContacts of ${people} keeps campaigns below it.`,
    );
  }
  return warnings;
}
