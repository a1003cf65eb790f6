import { wholeNumber } from '../json-reader.js';

const TIER = /^TIER_(\d{1,6})(K?)$/;

/**
 * How many people outside open windows may be written to in a moving 24 h: null for no limit, undefined where it is not
 * said. Meta writes TIER_2K as well as 2000, and -1 or TIER_UNLIMITED; TIER_1K is gone but for old accounts.
 */
export function recipientsPerDay(said: unknown): number | null | undefined {
  if (said === 'TIER_UNLIMITED') return null;
  const tier = typeof said === 'string' ? TIER.exec(said) : null;
  if (tier !== null) return Number(tier[1]) * (tier[2] === 'K' ? 1000 : 1);
  const number = wholeNumber(said);
  if (number === -1) return null;
  return number !== undefined && number > 0 ? number : undefined;
}
