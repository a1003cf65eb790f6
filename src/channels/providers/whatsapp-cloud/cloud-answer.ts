import { firstOf, member, parseJson, wholeNumber } from '../json-reader.js';

/** The error object of a Graph API answer, as far as it is read. */
export interface GraphError {
  readonly code: number;
  readonly subcode: number | undefined;
  readonly isTransient: boolean;
}

/** The error envelope in a body; undefined where there is none that could be read. */
export function readGraphError(body: string): GraphError | undefined {
  const error = member(parseJson(body), 'error');
  const code = wholeNumber(member(error, 'code'));
  if (code === undefined) return undefined;
  return {
    code,
    subcode: wholeNumber(member(error, 'error_subcode')),
    isTransient: member(error, 'is_transient') === true,
  };
}

/** The id that an accepting answer gives, and the recipient as WhatsApp knows it. */
export interface CloudAcceptance {
  readonly id: string;
  readonly waId: string | undefined;
}

/** Undefined when the answer does not say in so many words that a message was accepted. */
export function readAcceptance(body: string): CloudAcceptance | undefined {
  const answer = parseJson(body);
  const id = member(firstOf(member(answer, 'messages')), 'id');
  if (typeof id !== 'string' || id === '' || id.length > 512) return undefined;
  const waId = member(firstOf(member(answer, 'contacts')), 'wa_id');
  return { id, waId: typeof waId === 'string' && /^\d{5,20}$/.test(waId) ? waId : undefined };
}
