import type { MessageContent } from '../../channels/providers/message-content.js';
import type { StageSize } from '../governance/stage-size.js';

/** One of the texts of a campaign. */
export interface Variant {
  readonly name: string;
  readonly content: MessageContent;
  /** Its part of the recipients, beside the weights of the others. */
  readonly weight: number;
}

/** By what one of them is chosen for all who were not part of the test. */
export const WINNER_METRICS = ['read', 'reply', 'delivered'] as const;
export type WinnerMetric = (typeof WINNER_METRICS)[number];

export interface WinnerRule {
  readonly metric: WinnerMetric;
  /** Recipients of the test. */
  readonly testSize: StageSize;
  /** From when the last of the test was sent. */
  readonly afterMinutes: number;
}

/** What a campaign may say to somebody: one content, several, or none where each message has its own. */
export interface Said {
  readonly content: MessageContent | null;
  readonly variants?: readonly Variant[] | null;
}

export function contentsOf({ content, variants }: Said): readonly MessageContent[] {
  if (variants !== undefined && variants !== null) return variants.map((variant) => variant.content);
  return content === null ? [] : [content];
}

/** What the dispatch of a campaign is given: the one content, or the list that its rows point into. */
export function dispatchContentOf(said: Said): MessageContent | readonly MessageContent[] | null {
  return said.variants === undefined || said.variants === null ? said.content : contentsOf(said);
}

/** Where the parts of 0 to 1 end, but for the last: between bound i - 1 and bound i lies variant i. */
export function boundsOf(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let reached = 0;
  return weights.slice(0, -1).map((weight) => (reached += weight) / total);
}

/** Of a place in the list that a message holds. */
export function variantNameOf(variant: number | null, variants: readonly Variant[] | null): string | null {
  return variant === null ? null : (variants?.[variant]?.name ?? null);
}
