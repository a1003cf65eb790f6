import type { ContactBudget } from '../ledger/contact-terms.js';
import { nextStepMs, warmUpBudget, type WarmUp } from './warm-up.js';

/** Whoever set a budget: what a person set, the provider's word leaves alone. */
export type SetBy = 'provider' | 'person';

export interface ChannelPortfolio {
  readonly id: string;
  readonly name: string;
  readonly dailyContacts: number | null;
  readonly channelIds: readonly string[];
}

/** The unique contacts that a channel may begin conversations with in a moving 24 hours, as its row says it. */
export interface ChannelBudget {
  /** Null: none of its own. */
  readonly dailyContacts: number | null;
  readonly warmUp: WarmUp | null;
  readonly portfolio: ChannelPortfolio | null;
}

/** The budgets that hold at an instant: that of the portfolio, and the lower of the channel's own two. */
export function budgetsOf(
  channelId: string,
  { dailyContacts, warmUp, portfolio }: ChannelBudget,
  atMs: number,
): { readonly wide: ContactBudget | null; readonly own: ContactBudget | null } {
  const limits = [dailyContacts, warmUp === null ? null : warmUpBudget(warmUp, atMs)].filter(
    (limit) => limit !== null,
  );
  return {
    wide:
      portfolio?.dailyContacts == null
        ? null
        : { scopeId: portfolio.id, limit: portfolio.dailyContacts, channelIds: portfolio.channelIds },
    own:
      limits.length === 0
        ? null
        : { scopeId: channelId, limit: Math.min(...limits), channelIds: [channelId] },
  };
}

/** When the ramp of a channel allows more than at an instant; null where another limit holds it, or there is no ramp. */
export function moreFromMs({ dailyContacts, warmUp }: ChannelBudget, atMs: number): number | null {
  if (warmUp === null) return null;
  const now = warmUpBudget(warmUp, atMs);
  if (now === null || (dailyContacts !== null && dailyContacts <= now)) return null;
  return nextStepMs(warmUp, atMs);
}
