import type { HttpResult } from '../http/http-result.js';
import { member, parseJson } from '../json-reader.js';
import { chatIdOf } from './waha-ids.js';

/**
 * The chat under which WhatsApp has a number, as GET /api/contacts/check-exists tells it. Undefined whenever it does not
 * say so: that a number has no account is not believed, for WAHA says the same when its own question failed.
 */
export function chatOfCheck(result: HttpResult): string | undefined {
  if (result.kind === 'failure' || result.status !== 200) return undefined;
  const answer = parseJson(result.body);
  const chatId = member(answer, 'chatId');
  if (member(answer, 'numberExists') !== true || typeof chatId !== 'string') return undefined;
  return chatId.startsWith('+') ? undefined : chatIdOf(chatId);
}
