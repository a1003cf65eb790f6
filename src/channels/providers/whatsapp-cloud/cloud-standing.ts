import type { HttpResult } from '../http/http-result.js';
import type { NumberStanding } from '../provider-answers.js';
import { member, parseJson, textOf } from '../json-reader.js';
import { cloudHealth } from './cloud-health.js';
import { recipientsPerDay } from './messaging-tier.js';

export const STANDING_FIELDS =
  'id,display_phone_number,verified_name,quality_rating,throughput,whatsapp_business_manager_messaging_limit';

const QUALITIES = ['GREEN', 'YELLOW', 'RED'] as const;
/** Messages a second, in and out together, by Meta's words for them. */
const PER_SECOND: Readonly<Record<string, number>> = { STANDARD: 80, HIGH: 1000 };

/** What GET /{phone number id} says of how much the number may send, and how it is thought of. */
export function cloudStanding(result: HttpResult): NumberStanding {
  const number = result.kind === 'answer' && result.status === 200 ? parseJson(result.body) : undefined;
  if (textOf(member(number, 'id')) === undefined) {
    const { reason } = cloudHealth(result);
    const code = result.kind === 'failure' ? result.fault.code : `http_${result.status}`;
    return { kind: 'failed', code, reason: reason ?? 'The answer did not describe the number.' };
  }
  const limit = recipientsPerDay(member(number, 'whatsapp_business_manager_messaging_limit'));
  const level = textOf(member(member(number, 'throughput'), 'level')) ?? '';
  const throughputPerSecond = Object.hasOwn(PER_SECOND, level) ? PER_SECOND[level] : undefined;
  const displayName = textOf(member(number, 'verified_name'));
  const displayPhone = textOf(member(number, 'display_phone_number'));
  return {
    kind: 'standing',
    quality: QUALITIES.find((known) => known === member(number, 'quality_rating')) ?? 'UNKNOWN',
    ...(limit === undefined ? {} : { recipientsPerDay: limit }),
    ...(throughputPerSecond === undefined ? {} : { throughputPerSecond }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(displayPhone === undefined ? {} : { displayPhone }),
  };
}
