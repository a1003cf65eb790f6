import type { Dispatch } from './dispatch.js';
import type { FrequencyCap } from './frequency-cap.js';
import type { MessageCategory } from './suppression.js';

/** Unique contacts that a channel, or a portfolio of channels, may begin conversations with in a moving 24 hours. */
export interface ContactBudget {
  /** The id of the channel or of the portfolio. */
  readonly scopeId: string;
  readonly limit: number;
  /** All channels whose messages it counts. */
  readonly channelIds: readonly string[];
}

/** What a barrier must keep to beside limits, gates and opt-outs. */
export interface ContactTerms {
  /** That of the portfolio, that of the channel, both or none. */
  readonly budgets: { readonly wide: ContactBudget | null; readonly own: ContactBudget | null };
  /** Whether messages wait for a place; otherwise they are counted alone. */
  readonly mayWait: boolean;
  readonly cap: FrequencyCap | null;
}

/** A batch that found no place is woken for as many as this part of a day's budget, so that not all are for each one. */
export const PART_OF_DAY = 24;

/** Codes that a person asked for and answers to what they wrote are nothing that a business begins. */
const BEGUN_BY_BUSINESS: readonly MessageCategory[] = ['marketing', 'utility'];

/**
 * Whether messages of a dispatch wait for a place of the budget. Single messages, bulk requests and tickets never do,
 * nor what tries some of them again: somebody waits for what they say. They are told apart by their kind and policy.
 */
export function waitsForPlaces({
  kind,
  category,
  policy,
}: Pick<Dispatch, 'kind' | 'category' | 'policy'>): boolean {
  const isOfCampaign = (kind === 'run' || kind === 'resend') && policy.isSteady !== true;
  return isOfCampaign && BEGUN_BY_BUSINESS.includes(category);
}

/** What a message costs: a place of the portfolio's budget, one of the channel's, both or none. */
export interface PlaceCost {
  readonly seq: number;
  readonly wide: boolean;
  readonly own: boolean;
}

export interface Room {
  readonly wide: number;
  readonly own: number;
}

/** Which messages there is room for, first come first served; the statement of the barrier has the same rule. */
export function placed(costs: readonly PlaceCost[], room: Room): number[] {
  let { wide, own } = room;
  return costs.flatMap((cost) => {
    if ((cost.wide && wide <= 0) || (cost.own && own <= 0)) return [];
    if (cost.wide) wide -= 1;
    if (cost.own) own -= 1;
    return [cost.seq];
  });
}
