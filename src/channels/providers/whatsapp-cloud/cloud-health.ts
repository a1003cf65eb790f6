import type { HttpResult } from '../http/http-result.js';
import type { ChannelHealth } from '../provider.js';
import { readGraphError } from './cloud-answer.js';
import { member, parseJson, wordOf } from '../json-reader.js';
import { cloudError } from './cloud-errors.js';

export const HEALTH_FIELDS = 'id,display_phone_number,verified_name,quality_rating,status';

/** What Meta calls the state of a number from which nothing can be sent, and what to do about it. */
const NUMBER_STATES: Readonly<Record<string, string>> = {
  PENDING: 'The number is not registered on the Cloud API yet; register it in WhatsApp Manager.',
  UNVERIFIED: 'The number has not been verified; verify and register it in WhatsApp Manager.',
  DISCONNECTED: 'The number is not registered on the Cloud API any more; register it in WhatsApp Manager.',
  UNLINKED: 'The number was taken out of the WhatsApp account; add it again in WhatsApp Manager.',
  DELETED: 'The number was deleted; set the phoneNumberId of another one.',
  MIGRATED: 'The number was moved to another WhatsApp account; set the phoneNumberId that it has there.',
  BANNED: 'Meta has banned the number; see Business Support Home.',
  RESTRICTED: 'Meta has restricted the number; see Business Support Home.',
};

/** What GET /{phone number id} says of a number: which setting is wrong, and how to come by the right one. */
export function cloudHealth(result: HttpResult): ChannelHealth {
  if (result.kind === 'failure') return disconnected(`${result.fault.what}.`);
  const { status, body } = result;
  const number = status === 200 ? parseJson(body) : undefined;
  if (typeof member(number, 'id') === 'string') {
    const state = wordOf(member(number, 'status'));
    const stateFault = Object.hasOwn(NUMBER_STATES, state) ? NUMBER_STATES[state] : undefined;
    return stateFault === undefined ? { connection: 'connected' } : disconnected(stateFault);
  }
  if (status >= 500) {
    return {
      connection: 'unknown',
      reason: `Meta answered with a server error (HTTP ${status}); try again later.`,
    };
  }
  const error = readGraphError(body);
  if (error === undefined) {
    return disconnected(
      `What answered (HTTP ${status}) is not the Cloud API; check baseUrl, which is https://graph.facebook.com unless ` +
        'a proxy of yours stands before it.',
    );
  }
  if (error.code === 2500) {
    return disconnected(
      'The API version is not known or has ended; leave apiVersion out to have the default.',
    );
  }
  if (error.code === 100) {
    return disconnected(
      'phoneNumberId is not a number that accessToken may use; copy the Phone number ID (not the phone number) from ' +
        'WhatsApp > API Setup of the app that the token is of.',
    );
  }
  const known = cloudError(error.code, error.subcode);
  if (known === undefined) return disconnected(`Meta refused the check with its code ${error.code}.`);
  const isTooFast = known.class.startsWith('throttled');
  return isTooFast ? { connection: 'unknown', reason: known.reason } : disconnected(known.reason);
}

function disconnected(reason: string): ChannelHealth {
  return { connection: 'disconnected', reason };
}
