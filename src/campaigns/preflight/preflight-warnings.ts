import type { StandingQuality } from '../../channels/standing.js';
import type { SendingReason } from '../../queue/sending-reason.js';
import type { MissingVariable } from '../campaign.errors.js';
import type { PreflightCounts } from './preflight-count.js';
import { ofVariant } from '../variants/variant-preflight.js';
import type { TextFindings } from './preflight-text.js';

export const WARNING_CODES = [
  'empty_audience',
  'missing_variables',
  'content_unsupported',
  'template_not_approved',
  'template_unknown',
  'window_closed',
  'channel_obstacle',
  'quality',
  'over_day_budget',
  'over_recipients_per_day',
  'over_contact_budget',
  'first_campaign',
  'no_opt_out',
  'all_capitals',
  'link_shortener',
] as const;

export interface PreflightWarning {
  /** Stable. */
  readonly code: (typeof WARNING_CODES)[number];
  /** For people: what is the matter, and what to do. */
  readonly text: string;
}

/** A channel with the part of the campaign that it would send. */
export interface PreflightChannel {
  readonly id: string;
  readonly name: string;
  /** 0 to 1. */
  readonly share: number;
  readonly messages: number;
  /** By limits, pacing and what its provider slowed it to; null where nothing says it. */
  readonly ratePerSecond: number | null;
  readonly dayLimit: number | null;
  readonly dayLeft: number | null;
  /** People to whom its provider lets it begin conversations in 24 hours; null: no limit, or none is known. */
  readonly recipientsPerDay: number | null;
  /** Unique contacts in 24 hours that its budget or that of its portfolio allows; null: no budget. */
  readonly contactsPerDay: number | null;
  readonly contactsLeft: number | null;
  readonly quality: StandingQuality;
  /** What keeps it from sending now. */
  readonly obstacle: SendingReason | null;
}

export interface PreflightFacts {
  readonly counts: PreflightCounts;
  readonly missing: readonly MissingVariable[];
  readonly channels: readonly PreflightChannel[];
  /** Names of channels that no campaign was started on lately. */
  readonly newChannels: readonly string[];
  readonly isMarketing: boolean;
  /** Of each text that it says. */
  readonly texts: readonly { readonly variant: string | null; readonly findings: TextFindings }[];
  /** What template and provider have against it, in words already. */
  readonly ofContent: readonly PreflightWarning[];
}

/** What a person should know before they start it; what start would refuse first. Pure. */
export function warningsOf(facts: PreflightFacts): PreflightWarning[] {
  return [
    ...ofCounts(facts),
    ...facts.ofContent,
    ...ofWindows(facts.counts),
    ...facts.channels.flatMap(ofChannel),
    ...facts.newChannels.map(ofNewChannel),
    ...facts.texts.flatMap(({ variant, findings }) =>
      ofVariant(variant, ofText(findings, facts.isMarketing)),
    ),
  ];
}

function ofCounts({ counts, missing }: PreflightFacts): PreflightWarning[] {
  const warnings: PreflightWarning[] = [];
  if (counts.recipients + counts.windowClosed === 0) {
    warnings.push({
      code: 'empty_audience',
      text: 'Nobody would get it: start would be refused. The counts say what became of the audience.',
    });
  }
  for (const { name, rows } of missing) {
    warnings.push({
      code: 'missing_variables',
      text:
        `{{${name}}} is missing or empty for ${rows} of ${counts.recipients} recipients: start would be refused. Fill ` +
        `it in, or give a default: {{${name}|…}}`,
    });
  }
  return warnings;
}

function ofWindows({ recipients, windowClosed }: PreflightCounts): PreflightWarning[] {
  if (windowClosed === 0) return [];
  const part = Math.round((100 * windowClosed) / (recipients + windowClosed));
  return [
    {
      code: 'window_closed',
      text:
        `${windowClosed} of ${recipients + windowClosed} people (${part} %) are skipped, having written to none of its ` +
        'channels within 24 hours: only a template reaches them (content with type "template").',
    },
  ];
}

function ofChannel(channel: PreflightChannel): PreflightWarning[] {
  const { name, messages, obstacle, quality, dayLeft, dayLimit, recipientsPerDay } = channel;
  const { contactsPerDay, contactsLeft } = channel;
  const warnings: PreflightWarning[] = [];
  if (obstacle !== null) warnings.push({ code: 'channel_obstacle', text: obstacle.text });
  if (quality === 'YELLOW' || quality === 'RED') {
    warnings.push({
      code: 'quality',
      text:
        `The provider rates the quality of channel "${name}" ${quality}: people block or report it. Send less, and to ` +
        'people who expect it, or the number may be limited or stopped.',
    });
  }
  if (dayLeft !== null && messages > dayLeft) {
    warnings.push({
      code: 'over_day_budget',
      text:
        `Channel "${name}" has ${dayLeft} of its ${dayLimit ?? dayLeft} messages a day left and would send ${messages}: ` +
        'the rest waits for the day to move on.',
    });
  }
  if (contactsLeft !== null && messages > contactsLeft) {
    warnings.push({
      code: 'over_contact_budget',
      text:
        `Channel "${name}" may begin conversations with ${contactsLeft} more people now, of ${contactsPerDay} in 24 hours, ` +
        `and would write to ${messages}: the rest waits for places, unless they are people it wrote to within a day or ` +
        'who wrote to it. Use more channels, or give it the time.',
    });
  }
  const isKeptBelow = contactsPerDay !== null && contactsPerDay <= (recipientsPerDay ?? Infinity);
  if (recipientsPerDay !== null && !isKeptBelow && messages > recipientsPerDay) {
    warnings.push({
      code: 'over_recipients_per_day',
      text:
        `The provider lets channel "${name}" begin conversations with ${recipientsPerDay} people in 24 hours and it ` +
        `would write to ${messages}: what goes beyond is refused. Use more channels, a smaller audience, or a limit perDay.`,
    });
  }
  return warnings;
}

function ofNewChannel(name: string): PreflightWarning {
  return {
    code: 'first_campaign',
    text:
      `None of the newest campaigns was sent from channel "${name}": a new number that sends much at once is soon ` +
      'limited. Begin with few people who know you.',
  };
}

function ofText(text: TextFindings, isMarketing: boolean): PreflightWarning[] {
  const warnings: PreflightWarning[] = [];
  if (isMarketing && text.lacksOptOut) {
    warnings.push({
      code: 'no_opt_out',
      text: 'It does not say how to opt out; people who cannot, block the number. Add a line such as "Responde BAJA para no recibir más".',
    });
  }
  if (text.isAllCapitals) {
    warnings.push({
      code: 'all_capitals',
      text: 'It is written in capitals, as spam is: write it as a letter.',
    });
  }
  for (const host of text.shorteners) {
    warnings.push({
      code: 'link_shortener',
      text: `It has a link of ${host}: WhatsApp distrusts shortened links and people do not open them. Give the whole address.`,
    });
  }
  return warnings;
}
