import { classOfHost } from '../../address-rules.js';

/** Twilio asks again when it got no connection, no answer or a server error; never signed and never sent to us. */
const RETRIES = '#rc=5&rp=ct,rt,5xx';
/** All tries together last no longer, whatever the fragment asks for. */
export const CALLBACK_RETRY_MS = 15_000;
/** The query parameter of the callback that carries our correlation id. */
export const CORRELATION_PARAMETER = 'c';

/**
 * What StatusCallback is made of: before and after the correlation id, both encoded for a form. Undefined where Twilio
 * could not reach the address: it refuses every message whose callback is not an address on the internet.
 */
export function statusCallbackAround(
  publicUrl: string | undefined,
  baseUrl: string,
  channelId: string,
): readonly [before: string, after: string] | undefined {
  if (!isReachable(publicUrl, baseUrl)) return undefined;
  const before = `${publicUrl}/webhooks/${channelId}?${CORRELATION_PARAMETER}=`;
  return [encodeURIComponent(before), encodeURIComponent(RETRIES)];
}

/** A private address is taken for reachable only where Twilio's stand-in has a private address as well. */
export function isReachable(publicUrl: string | undefined, baseUrl: string): publicUrl is string {
  if (publicUrl === undefined) return false;
  return !isPrivate(publicUrl) || isPrivate(baseUrl);
}

function isPrivate(url: string): boolean {
  const addressClass = classOfHost(new URL(url).hostname);
  return addressClass !== undefined && addressClass !== 'public';
}
