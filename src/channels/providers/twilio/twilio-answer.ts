import { member, parseJson, wholeNumber } from '../json-reader.js';

/** SM for texts, MM for files; the two are one kind of resource. */
const MESSAGE_SID = /^(?:SM|MM)[0-9a-fA-F]{32}$/;

/**
 * Twilio's own code in a body; undefined where there is none that could be read. Older APIs write
 * `{ code, message, more_info, status }`, newer ones problem details; the code has the same name in both.
 */
export function readTwilioCode(body: string): number | undefined {
  const answer = parseJson(body);
  const code = wholeNumber(member(answer, 'code'));
  return code !== undefined && wholeNumber(member(answer, 'status')) !== undefined ? code : undefined;
}

/** The SID that an accepting answer gives; undefined when it does not say so in so many words. */
export function readAcceptedSid(body: string): string | undefined {
  const sid = member(parseJson(body), 'sid');
  return isMessageSid(sid) ? sid : undefined;
}

export function isMessageSid(value: unknown): value is string {
  return typeof value === 'string' && MESSAGE_SID.test(value);
}
