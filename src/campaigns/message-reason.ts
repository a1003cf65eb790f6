import type { CampaignMessage } from './campaign-message.repository.js';

/** What our own codes mean, for those that no provider explains; none of them leaves a row in attempts. */
export const OWN_CODES: ReadonlyMap<string, string> = new Map([
  ['suppressed', 'This person opted out, or must not be written to.'],
  ['duplicate', 'The same number came before in this campaign.'],
  ['invalid', 'This is not a phone number that can be written to.'],
  ['missing_variable', 'A variable of the message has no value for this recipient.'],
  ['window_closed', 'Free text reaches only people who wrote within the last 24 hours.'],
  ['stopped', 'The campaign was stopped before this message was sent.'],
]);

/** Why a message is where it is, for people; null where there is nothing to explain. */
export function messageReason({ code, trail, state }: CampaignMessage): string | null {
  if (state === 'skipped' || state === 'cancelled') return OWN_CODES.get(code ?? '') ?? code;
  return code === null ? null : (trail ?? OWN_CODES.get(code) ?? code);
}
