import type { MessageState } from '../ledger/message-state.js';
import type { CampaignMessage } from './campaign-message.repository.js';

/** What our own codes mean, for those that no provider explains; none of them leaves a row in attempts. */
export const OWN_CODES: ReadonlyMap<string, string> = new Map([
  ['suppressed', 'This person opted out, or must not be written to.'],
  ['duplicate', 'The same number came before in this campaign.'],
  ['invalid', 'This is not a phone number that can be written to.'],
  ['missing_variable', 'A variable of the message has no value for this recipient.'],
  ['no_ticket_url', 'This contact has no attribute ticket_url.'],
  ['bad_ticket_url', 'The attribute ticket_url of this contact is not an address that begins with https://.'],
  ['window_closed', 'This person did not write within 24 hours: only a template reaches them.'],
  ['over_cap', 'This person got as many marketing messages lately as the frequency cap allows.'],
  ['arrived', 'The provider turned out to have taken the message before, so it was not sent again.'],
  ['stopped', 'The campaign was stopped before this message was sent.'],
]);

/** What nobody can tell, and what becomes of it. */
const WHAT_THEN: Partial<Record<MessageState, string>> = {
  unknown:
    'It may or may not have arrived: a status of the provider, or asking it, settles that. It is never sent again by itself.',
  unconfirmed:
    'Nothing was heard of it in time, and evidence still counts if it comes. An admin may have it sent again.',
};

/** Why a message is where it is, for people; null where there is nothing to explain. */
export function messageReason({ code, trail, state }: CampaignMessage): string | null {
  if (state === 'skipped' || state === 'cancelled') return OWN_CODES.get(code ?? '') ?? code;
  const why = code === null ? null : (trail ?? OWN_CODES.get(code) ?? code);
  const then = WHAT_THEN[state];
  return then === undefined ? why : [why, then].filter((sentence) => sentence !== null).join(' ');
}
