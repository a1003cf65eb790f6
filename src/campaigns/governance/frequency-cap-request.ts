import { MOST_CAP_DAYS, MOST_CAP_MESSAGES, type FrequencyCap } from '../../ledger/frequency-cap.js';
import type { MessageCategory } from '../../ledger/suppression.js';
import { invalid } from '../field-fault.js';

const MEMBERS = { messages: MOST_CAP_MESSAGES, days: MOST_CAP_DAYS } as const;

/** Checks a frequency cap as it comes in a request. */
export function parseFrequencyCap(input: Readonly<Record<string, unknown>>): FrequencyCap {
  const other = Object.keys(input).find((name) => !Object.hasOwn(MEMBERS, name));
  if (other !== undefined) {
    const detail = `frequencyCap has no member "${other}"; its members are messages and days`;
    throw invalid(`frequencyCap/${other}`, detail);
  }
  return { messages: wholeOf('messages', input['messages']), days: wholeOf('days', input['days']) };
}

/** What a request says of it: nothing where it is not given; null takes it away. */
export function capIn(dto: { readonly frequencyCap?: Record<string, unknown> | null }): {
  readonly frequencyCap?: FrequencyCap | null;
} {
  const { frequencyCap: given } = dto;
  if (given === undefined) return {};
  return { frequencyCap: given === null ? null : parseFrequencyCap(given) };
}

/** The cap that holds for a campaign, as a part of its policy: its own, else that of the settings; marketing alone has one. */
export function capOf(
  own: FrequencyCap | null | undefined,
  category: MessageCategory,
  ofSettings: FrequencyCap | null,
): { readonly frequencyCap?: FrequencyCap } {
  const cap = own ?? ofSettings;
  return cap === null || category !== 'marketing' ? {} : { frequencyCap: cap };
}

export const FREQUENCY_CAP_SCHEMA = {
  type: 'object' as const,
  additionalProperties: false,
  required: ['messages', 'days'],
  properties: {
    messages: { type: 'integer' as const, minimum: 1, maximum: MOST_CAP_MESSAGES },
    days: { type: 'integer' as const, minimum: 1, maximum: MOST_CAP_DAYS },
  },
  example: { messages: 2, days: 7 },
};

function wholeOf(name: keyof typeof MEMBERS, value: unknown): number {
  const most = MEMBERS[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw invalid(
    `frequencyCap/${name}`,
    `frequencyCap.${name} is ${JSON.stringify(value) ?? 'missing'}; it must be a whole number from 1 to ${most}`,
  );
}
