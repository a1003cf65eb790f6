import type { Dispatcher } from 'undici';
import { ANSWER_TOO_LARGE } from '../http/call-faults.js';
import { downloadFile } from '../http/file-download.js';
import type { HttpCalls } from '../http/http-calls.js';
import type { MediaDownload } from '../provider-answers.js';
import { twilioError } from './twilio-errors.js';
import { readTwilioCode } from './twilio-answer.js';

/** `MediaUrl0` of a webhook; only its path is believed, so that our credentials go to no other host. */
const MEDIA_PATH =
  /\/2010-04-01\/Accounts\/(AC[0-9a-fA-F]{32}\/Messages\/(?:SM|MM)[0-9a-fA-F]{32}\/Media\/ME[0-9a-fA-F]{32})$/;

export interface MediaAccess {
  readonly baseUrl: string;
  readonly accountSid: string;
  /** Names and values by turns, with the credentials. */
  readonly headers: readonly string[];
  readonly calls: HttpCalls;
  readonly agent: Dispatcher;
}

/**
 * A file of an inbound message. Twilio answers with the address of the file at its store, which is signed, short-lived
 * and is asked without our credentials.
 */
export async function openTwilioMedia(
  ref: string,
  access: MediaAccess,
  { deadlineMs, maxBytes }: { deadlineMs: number; maxBytes: number },
): Promise<MediaDownload> {
  const { baseUrl, accountSid, calls, agent, headers } = access;
  const ours = MEDIA_PATH.exec(ref)?.[1];
  if (ours === undefined || !ours.startsWith(`${accountSid}/`)) {
    return failed('bad_ref', 'The reference is not that of a file of this account.');
  }
  const startedAt = performance.now();
  const url = `${baseUrl}/2010-04-01/Accounts/${ours}`;
  const path = url.slice(new URL(url).origin.length);
  const result = await calls.call({ method: 'GET', path, headers: [...headers] }, deadlineMs);
  const file = { maxBytes, deadlineMs: Math.max(1, Math.ceil(deadlineMs - (performance.now() - startedAt))) };
  // A stand-in for Twilio may give the file itself; what was read of it here is not its bytes.
  const isFile =
    result.kind === 'answer' ? result.status === 200 : result.fault.code === ANSWER_TOO_LARGE.code;
  if (isFile) return downloadFile({ ...file, url, headers: Object.fromEntries(pairs(headers)) }, agent);
  if (result.kind === 'failure') return failed(result.fault.code, `${result.fault.what}.`);
  const { status, body } = result;
  if (status >= 300 && status < 400) {
    const location = storeAddress(result.headers['location'], url);
    if (location === undefined) return failed('bad_redirect', 'Twilio did not say where the file is.');
    return downloadFile({ ...file, url: location, headers: {} }, agent);
  }
  if (status === 404 || status === 410) return { kind: 'gone' };
  const code = readTwilioCode(body);
  const reason = code === undefined ? undefined : twilioError(code)?.reason;
  return failed(
    code === undefined ? `http_${status}` : String(code),
    reason ?? `Twilio answered HTTP ${status}.`,
  );
}

/** Never from https to http. */
function storeAddress(location: string | string[] | undefined, from: string): string | undefined {
  if (typeof location !== 'string' || !URL.canParse(location, from)) return undefined;
  const address = new URL(location, from);
  return address.protocol === 'https:' || address.protocol === new URL(from).protocol
    ? address.href
    : undefined;
}

function* pairs(headers: readonly string[]): Generator<[string, string]> {
  for (let index = 0; index + 1 < headers.length; index += 2) yield [headers[index]!, headers[index + 1]!];
}

function failed(code: string, reason: string): MediaDownload {
  return { kind: 'failed', code, reason };
}
