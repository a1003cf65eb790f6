import type { HttpResult } from '../http/http-result.js';
import type { LookUpAnswer, LookUpQuestion } from '../provider.js';
import { member, parseJson } from '../json-reader.js';
import { reasonOfAck } from './waha-errors.js';
import { messageIdPart } from './waha-ids.js';
import { statusOfAck } from './waha-ack.js';

/** WhatsApp counts in seconds, by a clock that is not ours. */
const CLOCKS_APART_MS = 5 * 60_000;

/**
 * What GET …/messages/{id} proves. A message of ours under the id that we set is the one that we asked for. That there is
 * none proves nothing: engines may keep no messages (NOWEB without its store), keep them late, or have given the message
 * an id of their own (WEBJS).
 */
export function wahaLookUp(
  result: HttpResult,
  presetId: string,
  { begunAt }: Pick<LookUpQuestion, 'begunAt'>,
): LookUpAnswer {
  if (result.kind === 'failure') return unsure(result.fault.code, `${result.fault.what}.`);
  const { status, body } = result;
  if (status === 404) {
    return unsure(
      'not_found',
      'WAHA shows no message with this id, which does not prove that none was sent.',
    );
  }
  if (status !== 200) return unsure(`http_${status}`, `The look-up was answered with HTTP ${status}.`);
  const message = parseJson(body);
  if (messageIdPart(member(message, 'id')) !== presetId || member(message, 'fromMe') !== true) {
    return unsure('look_up_unreadable', 'The answer to the look-up could not be read.');
  }
  const seconds = member(message, 'timestamp');
  const at = new Date(typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : begunAt);
  if (Number.isNaN(at.getTime()) || at.getTime() < begunAt.getTime() - CLOCKS_APART_MS) {
    // A database that was set back numbers its messages anew, and an old one may have had this very name.
    return unsure('another_message', 'WAHA shows a message with this id that is older than the call.');
  }
  const said = statusOfAck(message);
  const found = { kind: 'found', status: said ?? 'accepted', providerId: presetId, at } as const;
  return said === 'failed' ? { ...found, code: 'ack_error', reason: reasonOfAck('ack_error') } : found;
}

function unsure(code: string, reason: string): LookUpAnswer {
  return { kind: 'unsure', code, reason };
}
