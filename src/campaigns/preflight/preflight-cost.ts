import type { MessageCategory } from '../../ledger/suppression.js';

/** Stands for every country that has no price of its own. */
export const ANY_COUNTRY = '*';

export interface Price {
  /** ISO 3166, or ANY_COUNTRY. */
  readonly country: string;
  readonly category: MessageCategory;
  /** Of one message, in the currency of the list; up to six decimals. */
  readonly amount: number;
}

export interface PriceList {
  /** ISO 4217. */
  readonly currency: string;
  readonly prices: readonly Price[];
}

export interface CountryCost {
  /** Null: numbers that belong to no country. */
  readonly country: string | null;
  readonly category: MessageCategory;
  readonly messages: number;
  /** Null where the list has no price for it. */
  readonly amount: number | null;
}

export interface CostEstimate {
  readonly currency: string;
  /** Without those that have no price. */
  readonly total: number;
  readonly unpriced: number;
  /** Most messages first. */
  readonly byCountry: readonly CountryCost[];
}

/** Whole millionths, so that a million times 0.0436 is 43,600 and not nearly that. */
const PARTS = 1_000_000;

/** What so many messages to each country cost by the list; null without a list. */
export function costOf(
  list: PriceList | null,
  messagesByCountry: ReadonlyMap<string | null, number>,
  category: MessageCategory,
): CostEstimate | null {
  if (list === null) return null;
  const priceOf = new Map(
    list.prices.filter((price) => price.category === category).map((price) => [price.country, price.amount]),
  );
  let total = 0;
  let unpriced = 0;
  const byCountry: CountryCost[] = [];
  for (const [country, messages] of messagesByCountry) {
    const price = (country === null ? undefined : priceOf.get(country)) ?? priceOf.get(ANY_COUNTRY);
    const parts = price === undefined ? null : Math.round(price * PARTS) * messages;
    if (parts === null) unpriced += messages;
    else total += parts;
    byCountry.push({ country, category, messages, amount: parts === null ? null : parts / PARTS });
  }
  return {
    currency: list.currency,
    total: total / PARTS,
    unpriced,
    byCountry: byCountry.toSorted((a, b) => b.messages - a.messages),
  };
}
