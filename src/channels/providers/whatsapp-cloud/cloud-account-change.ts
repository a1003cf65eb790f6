import type { StandingElement, WebhookElement } from '../webhook-element.js';
import { listOf, member, textOf, wordOf } from '../json-reader.js';
import { recipientsPerDay } from './messaging-tier.js';

/** After these nothing goes out until a person has sorted it out with Meta. */
const STOPPED = new Set(['ACCOUNT_DELETED', 'ACCOUNT_OFFBOARDED', 'PARTNER_REMOVED']);
/** The restriction that keeps a business from writing first, which is what campaigns do. */
const NO_CAMPAIGNS = 'BIZ_INITIATED_MESSAGING';

type Said = Pick<StandingElement, 'isStopped' | 'what'> &
  Partial<Pick<StandingElement, 'recipientsPerDay' | 'reason'>>;

/**
 * phone_number_quality_update: of the limit of the portfolio, and that something changed about a number. What its quality
 * is now Meta does not write here; whoever hears of it asks.
 */
export function readNumberQuality(value: unknown, wabaRef: string, element: number): WebhookElement {
  const what = wordOf(member(value, 'event')).toUpperCase();
  const limit =
    recipientsPerDay(member(value, 'max_daily_conversations_per_business')) ??
    recipientsPerDay(member(value, 'current_limit'));
  return standing(value, wabaRef, element, {
    isStopped: false,
    what,
    ...limitOf(limit),
  });
}

/** business_capability_update: the messaging limit of the whole portfolio. */
export function readCapability(value: unknown, wabaRef: string, element: number): WebhookElement {
  const said =
    member(value, 'max_daily_conversations_per_business') ??
    member(value, 'max_daily_conversation_per_phone');
  return standing(value, wabaRef, element, {
    isStopped: false,
    what: 'CAPABILITY_UPDATE',
    ...limitOf(recipientsPerDay(said)),
  });
}

/** account_update: bans, restrictions, violations, and much that is only to be known. */
export function readAccount(value: unknown, wabaRef: string, element: number): WebhookElement {
  const what = wordOf(member(value, 'event')).toUpperCase();
  const banState = textOf(member(member(value, 'ban_info'), 'waba_ban_state'))?.toUpperCase();
  const restrictions = listOf(value, 'restriction_info').flatMap(
    (restriction) => textOf(member(restriction, 'restriction_type')) ?? [],
  );
  const isBanned = what === 'DISABLED_UPDATE' && banState === 'DISABLE';
  const isRestricted =
    what === 'ACCOUNT_RESTRICTION' && restrictions.some((word) => word.includes(NO_CAMPAIGNS));
  const reason = [
    banState,
    textOf(member(member(value, 'violation_info'), 'violation_type')),
    ...restrictions,
  ].filter((word) => word !== undefined);
  return standing(value, wabaRef, element, {
    isStopped: isBanned || isRestricted || STOPPED.has(what),
    what,
    ...(reason.length === 0 ? {} : { reason: reason.join(', ').slice(0, 500) }),
  });
}

/** account_review_update */
export function readReview(value: unknown, wabaRef: string, element: number): WebhookElement {
  const decision = wordOf(member(value, 'decision')).toUpperCase();
  return standing(value, wabaRef, element, {
    isStopped: decision === 'REJECTED',
    what: `REVIEW_${decision}`,
  });
}

function standing(value: unknown, wabaRef: string, element: number, said: Said): WebhookElement {
  const phone = textOf(member(value, 'display_phone_number')) ?? textOf(member(value, 'phone_number'));
  const digits = phone?.replace(/\D/g, '');
  return {
    kind: 'standing',
    element,
    accountRef: null,
    wabaRef,
    ...(digits ? { displayPhone: digits } : {}),
    ...said,
  };
}

function limitOf(limit: number | null | undefined): Pick<StandingElement, 'recipientsPerDay'> {
  return limit === undefined ? {} : { recipientsPerDay: limit };
}
