/** Most that may be sent; any of them, a missing one does not limit. */
export interface ChannelLimits {
  readonly perSecond?: number;
  readonly perMinute?: number;
  readonly perHour?: number;
  readonly perDay?: number;
  /** Calls that wait for their answer at once, over all workers. */
  readonly maxInFlight?: number;
}

/** As a creator wishes them; null is "none". */
export type LimitsWish = { readonly [Name in keyof ChannelLimits]?: number | null };

/**
 * The limits of a new channel: those that were wished, and for the rest its provider's own. Rates are one wish: who asks
 * for 80 a second is not held to a default of 600 a minute.
 */
export function limitsOfNew(wish: LimitsWish, defaults: ChannelLimits): ChannelLimits {
  const { maxInFlight, ...rates } = defaults;
  const { maxInFlight: wishedInFlight, ...wishedRates } = wish;
  const namesRate = Object.values(wishedRates).some((limit) => limit !== undefined);
  const limits = {
    ...(namesRate ? wishedRates : rates),
    maxInFlight: wishedInFlight === undefined ? maxInFlight : wishedInFlight,
  };
  return Object.fromEntries(
    Object.entries(limits).filter(([, limit]) => limit !== undefined && limit !== null),
  ) as ChannelLimits;
}
