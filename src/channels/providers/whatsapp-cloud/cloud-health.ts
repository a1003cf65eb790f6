import type { HttpResult } from '../http/http-result.js';
import type { ChannelHealth } from '../provider.js';
import { member, parseJson, readGraphError } from './cloud-answer.js';
import { cloudError } from './cloud-errors.js';

/** What GET /{phone number id} says of a number: which setting is wrong, and how to come by the right one. */
export function cloudHealth(result: HttpResult): ChannelHealth {
  if (result.kind === 'failure') return disconnected(`${result.fault.what}.`);
  const { status, body } = result;
  if (status === 200 && typeof member(parseJson(body), 'id') === 'string') return { connection: 'connected' };
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
  const known = cloudError(error.code);
  if (known === undefined) return disconnected(`Meta refused the check with its code ${error.code}.`);
  const isTooFast = known.class.startsWith('throttled');
  return isTooFast ? { connection: 'unknown', reason: known.reason } : disconnected(known.reason);
}

function disconnected(reason: string): ChannelHealth {
  return { connection: 'disconnected', reason };
}
