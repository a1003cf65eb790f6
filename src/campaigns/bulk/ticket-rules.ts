import { parseContent } from '../../channels/parse-content.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { variableKey } from '../../channels/render-content.js';

/** The attribute of a contact that says which event it comes to, written just so: an index holds it. */
export const EVENT_ATTRIBUTE = 'event_id';

/** Why a contact of an event gets no ticket; the code that its message carries. */
export const TICKET_REJECTS = ['no_ticket_url', 'bad_ticket_url'] as const;
export type TicketReject = (typeof TICKET_REJECTS)[number];

export const TICKET_URL_KEY = variableKey('ticket_url');
export const TICKET_FILE_KEY = variableKey('ticket_file');

const LONGEST_URL = 2000;
const LONGEST_FILE_NAME = 200;

/** Each person's own ticket as a document. Without a name in the address it is a ticket, and a PDF as most are. */
export function ticketContent(message: string | null): MessageContent {
  return parseContent({
    type: 'document',
    url: '{{ticket_url}}',
    fileName: '{{ticket_file|ticket.pdf}}',
    ...(message === null ? {} : { caption: message }),
  });
}

/** In SQL, for the expression of an address: why it cannot be a ticket's, or null. */
export function ticketReject(url: string): string {
  const [none, bad] = TICKET_REJECTS;
  return `CASE WHEN ${url} IS NULL THEN '${none}'
    WHEN ${url} !~* '^https?://[^[:space:]/?#]+[^[:space:]]*$' OR length(${url}) > ${LONGEST_URL} THEN '${bad}' END`;
}

/**
 * In SQL: the file that an address names, where it names one that people can open. Cut out and then looked at: one
 * pattern that captures it takes some thirty times as long, seconds for a chunk.
 */
export function ticketFile(url: string): string {
  const file = `split_part(split_part(split_part(${url}, '#', 1), '?', 1), '/', -1)`;
  const isPlain = `length(${file}) <= ${LONGEST_FILE_NAME} AND ${file} !~ '[%[:space:]]'`;
  return String.raw`CASE WHEN ${isPlain} AND ${file} ~* '.\.(?:pdf|png|jpe?g|docx?|pkpass)$' THEN ${file} END`;
}
