export type EvolutionStatus = 'sent' | 'delivered' | 'read' | 'failed';

/**
 * Of a linked phone (…_ACK) and of an instance of the Cloud API (Meta's own words in upper case). PENDING is no status:
 * the message waits in the session. PLAYED is a voice message that was listened to, which is read and more.
 */
const STATUS_WORDS: Readonly<Record<string, EvolutionStatus>> = {
  ERROR: 'failed',
  SERVER_ACK: 'sent',
  DELIVERY_ACK: 'delivered',
  READ: 'read',
  PLAYED: 'read',
  SENT: 'sent',
  DELIVERED: 'delivered',
  FAILED: 'failed',
};

/** Undefined for PENDING, DELETED, EDITED, and for words that are new. */
export function statusOfWord(word: unknown): EvolutionStatus | undefined {
  if (typeof word !== 'string' || !Object.hasOwn(STATUS_WORDS, word)) return undefined;
  return STATUS_WORDS[word];
}

/** Evolution passes on that WhatsApp refused a message, and not why. */
export const FAILED_AT_WHATSAPP = {
  code: 'whatsapp_error',
  reason: 'WhatsApp did not take the message from the session; Evolution API does not say why.',
} as const;
