import { member, parseJson } from '../json-reader.js';

/** What an accepting answer says. */
export interface EvolutionAcceptance {
  readonly id: string;
  /** The chat that it went to, which need not be the one that was asked for. */
  readonly chat: unknown;
}

const MESSAGE_ID = /^\S{1,512}$/;

/** Undefined when the answer names no message. */
export function readAcceptance(answer: unknown): EvolutionAcceptance | undefined {
  const key = member(answer, 'key');
  const id = member(key, 'id');
  if (typeof id !== 'string' || !MESSAGE_ID.test(id)) return undefined;
  return { id, chat: member(key, 'remoteJid') };
}

/** What Evolution says when it refuses; undefined where the body is not one of its own. */
export interface EvolutionError {
  /** What was said, whatever it was wrapped in: it is a text, a list, or a list of lists. */
  readonly texts: readonly string[];
  /** The texts came in a list within the list, which only the check of a body against its schema gives. */
  readonly isOfSchema: boolean;
  /** An entry says that WhatsApp has no account of the number. */
  readonly hasNoAccount: boolean;
}

/** `{ status, error, response: { message } }`. */
export function readEvolutionError(status: number, body: string): EvolutionError | undefined {
  const answer = parseJson(body);
  if (member(answer, 'status') !== status) return undefined;
  const message = member(member(answer, 'response'), 'message');
  if (message === undefined || message === null) return undefined;
  const entries: readonly unknown[] = Array.isArray(message) ? message : [message];
  return {
    texts: entries.flat().filter((entry): entry is string => typeof entry === 'string'),
    isOfSchema: entries.length > 0 && entries.every(isListOfTexts),
    hasNoAccount: entries.some((entry) => member(entry, 'exists') === false),
  };
}

function isListOfTexts(entry: unknown): boolean {
  return Array.isArray(entry) && entry.length > 0 && entry.every((text) => typeof text === 'string');
}

/** The licence gate of 2.4 and later, which stands before everything else. */
export function isUnlicensed(status: number, body: string): boolean {
  return status === 503 && member(parseJson(body), 'code') === 'LICENSE_REQUIRED';
}
