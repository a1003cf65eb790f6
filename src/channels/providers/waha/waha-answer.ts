import { member, parseJson } from '../json-reader.js';
import { chatOfMessageId, messageIdPart, phoneOfChat } from './waha-ids.js';

/** The message as an accepting answer names it. */
export interface WahaAcceptance {
  readonly id: string;
  /** The digits of the chat, where it is named by its number. */
  readonly phone: string | undefined;
}

/**
 * Undefined when no message is named. Each engine answers in its own way: GOWS and WPP with the id as a text, WEBJS
 * with an object, NOWEB with the key of its library.
 */
export function readAcceptance(body: string): WahaAcceptance | undefined {
  const answer = parseJson(body);
  const named = member(answer, 'id') ?? member(member(answer, 'key'), 'id');
  const id = messageIdPart(member(named, '_serialized') ?? member(named, 'id') ?? named);
  if (id === undefined) return undefined;
  const chat =
    chatOfMessageId(member(named, '_serialized') ?? named) ?? member(member(answer, 'key'), 'remoteJid');
  return { id, phone: phoneOfChat(chat) };
}

/** What WAHA says when it refuses; undefined where the body is not one of its own. */
export interface WahaError {
  /** Of its framework: `{ statusCode, message, error? }`. */
  readonly message: string | undefined;
  /** `{ error, session, status, expected }`: the session is in another state than the call needs. */
  readonly sessionStatus: string | undefined;
  /** `{ statusCode, exception: { message, details, name } }`: an engine or a library threw. */
  readonly exception: { readonly name: string; readonly text: string } | undefined;
}

export function readWahaError(status: number, body: string): WahaError | undefined {
  const answer = parseJson(body);
  const sessionStatus = text(member(answer, 'status'));
  const isOfSession = sessionStatus !== undefined && Array.isArray(member(answer, 'expected'));
  const isOfFramework = member(answer, 'statusCode') === status;
  if (!isOfSession && !isOfFramework) return undefined;
  const message = member(answer, 'message');
  const thrown = member(answer, 'exception');
  return {
    message: isOfFramework
      ? (text(message) ?? text(Array.isArray(message) ? message[0] : undefined))
      : undefined,
    sessionStatus: isOfSession ? sessionStatus : undefined,
    exception:
      thrown === undefined || thrown === null
        ? undefined
        : {
            name: text(member(thrown, 'name')) ?? '',
            text: text(member(thrown, 'details')) ?? text(member(thrown, 'message')) ?? '',
          },
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
