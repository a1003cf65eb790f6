import type { SqlParameters } from '../sql-parameters.js';
import { boundsOf } from './variant.js';

/** Whom the choice is for, and among what. */
export interface VariantChoice {
  readonly campaignId: string;
  readonly weights: readonly number[];
}

/**
 * SQL of the variant that a recipient gets, from 0: by a hash of number and campaign, so that it is the same in each
 * chunk, after a crash and in preflight, and has nothing to do with the channel, whose hash has no campaign in it, nor
 * with what the same person got of the campaign before.
 */
export function variantOf(
  recipient: string,
  { campaignId, weights }: VariantChoice,
  p: SqlParameters,
): string {
  const seed = `hashtextextended(${p.add(campaignId)}::text, 0)`;
  const part = `(hashtextextended(${recipient}, ${seed}) & 9223372036854775807) / 9223372036854775808.0::float8`;
  return `width_bucket(${part}, ${p.add(boundsOf(weights))}::float8[])::smallint`;
}
