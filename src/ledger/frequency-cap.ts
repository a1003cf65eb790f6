/** At most so many marketing messages to one contact in a moving time, over all campaigns. */
export interface FrequencyCap {
  readonly messages: number;
  readonly days: number;
}

export const MOST_CAP_MESSAGES = 100;
/** It is counted in the messages themselves, which a setting keeps for a year by default and for ten days at least. */
export const MOST_CAP_DAYS = 30;
