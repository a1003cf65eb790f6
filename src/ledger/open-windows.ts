/** SQL of all that a look at windows needs to know. */
export interface WindowQuestion {
  readonly workspace: string;
  readonly recipient: string;
  /** An array of the channels that are asked about. */
  readonly channels: string;
}

const IS_OPEN = `t.last_inbound_at > now() - interval '24 hours'`;

/**
 * Where a provider has the rule, free text reaches only who wrote to the channel within this time. It goes by the number
 * and not by the contact, which may be given another one. One descent of the index of numbers in conversations.
 */
function openTalks({ workspace, recipient, channels }: WindowQuestion): string {
  return `FROM conversations t
        WHERE t.workspace_id = ${workspace} AND t.recipient = ${recipient} AND t.channel_id = ANY(${channels})
          AND ${IS_OPEN}`;
}

/** SQL of whether one of the channels reaches the recipient. Not as EXISTS, which may be planned as a hash of them all. */
export function hasOpenWindow(question: WindowQuestion): string {
  return `(SELECT true ${openTalks(question)} LIMIT 1) IS NOT NULL`;
}

/** SQL of the channels that reach the recipient, newest first; those among `preferred` before the others. */
export function openWindows(question: WindowQuestion, preferred?: string): string {
  const first = preferred === undefined ? '' : `t.channel_id = ANY(${preferred}) DESC, `;
  return `ARRAY(SELECT t.channel_id ${openTalks(question)} ORDER BY ${first}t.last_inbound_at DESC)`;
}

/**
 * SQL of a table of all recipients that one of the channels reaches, each once. For who asks about many: to read a
 * third of a million conversations and hash who is in them costs a million people 0.4 s, to look each of them up 1.8;
 * and a look-up of that kind keeps the statement that it is in from parallel workers.
 */
export function reachedRecipients({ workspace, channels }: Omit<WindowQuestion, 'recipient'>): string {
  return `(SELECT DISTINCT t.recipient FROM conversations t
        WHERE t.workspace_id = ${workspace} AND t.channel_id = ANY(${channels}) AND ${IS_OPEN})`;
}
