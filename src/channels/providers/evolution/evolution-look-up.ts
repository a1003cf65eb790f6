import type { HttpResult } from '../http/http-result.js';
import type { LookUpAnswer, LookUpQuestion } from '../provider.js';
import { listOf, member, parseJson, wholeNumber } from '../json-reader.js';
import { FAILED_AT_WHATSAPP, statusOfWord, type EvolutionStatus } from './evolution-status.js';

/** WhatsApp counts in seconds, by a clock that is not ours. */
const CLOCKS_APART_MS = 5 * 60_000;

const RANK: Readonly<Record<EvolutionStatus, number>> = { failed: 1, sent: 2, delivered: 3, read: 4 };

/** The body of POST /chat/findMessages for one message. */
export function lookUpBody(presetId: string): string {
  return JSON.stringify({ where: { key: { id: presetId } } });
}

/**
 * What POST /chat/findMessages proves. A message of ours under the id that we set is the one that we asked for. That there
 * is none proves nothing: the server may be one that makes up its own ids (before 2.4), may keep no messages, or keep
 * them later. Nor would a message to the same person at the time: somebody may have written it on the phone.
 */
export function evolutionLookUp(
  result: HttpResult,
  presetId: string,
  { begunAt }: Pick<LookUpQuestion, 'begunAt'>,
): LookUpAnswer {
  if (result.kind === 'failure') return unsure(result.fault.code, `${result.fault.what}.`);
  const { status, body } = result;
  if (status !== 200) return unsure(`http_${status}`, `The look-up was answered with HTTP ${status}.`);
  const messages = member(parseJson(body), 'messages');
  if (!Array.isArray(member(messages, 'records'))) {
    return unsure('look_up_unreadable', 'The answer to the look-up could not be read.');
  }
  const record = listOf(messages, 'records').find((entry) => isOurs(entry, presetId));
  if (record === undefined) {
    return unsure(
      'not_found',
      'Evolution API shows no message with this id, which does not prove that none was sent.',
    );
  }
  const seconds = wholeNumber(member(record, 'messageTimestamp'));
  const at = seconds === undefined ? begunAt : new Date(seconds * 1000);
  if (Number.isNaN(at.getTime()) || at.getTime() < begunAt.getTime() - CLOCKS_APART_MS) {
    // A database that was set back numbers its messages anew, and an old one may have had this very name.
    return unsure(
      'another_message',
      'Evolution API shows a message with this id that is older than the call.',
    );
  }
  const said = furthestOf(record);
  const found = { kind: 'found', status: said ?? 'accepted', providerId: presetId, at } as const;
  return said === 'failed' ? { ...found, ...FAILED_AT_WHATSAPP } : found;
}

function isOurs(record: unknown, presetId: string): boolean {
  const key = member(record, 'key');
  return member(key, 'id') === presetId && member(key, 'fromMe') === true;
}

/** An error may be followed by another try of Evolution's own that arrives. */
function furthestOf(record: unknown): EvolutionStatus | undefined {
  let furthest: EvolutionStatus | undefined;
  for (const update of listOf(record, 'MessageUpdate')) {
    const status = statusOfWord(member(update, 'status'));
    if (status !== undefined && (furthest === undefined || RANK[status] > RANK[furthest])) furthest = status;
  }
  return furthest;
}

function unsure(code: string, reason: string): LookUpAnswer {
  return { kind: 'unsure', code, reason };
}
