import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import type { AutoReply } from './auto-reply.js';

@Injectable()
export class AutoReplyRepository {
  /**
   * Of these conversations, the ones that may be answered: their contact was not answered by Caudal within a minute, on
   * any number. Their rows are locked already by whoever stored the message. Costs a probe of the key and of the
   * contact's conversations for each.
   */
  async claim(tx: Queryable, replies: readonly AutoReply[]): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(CLAIM, [
      replies.map(({ to }) => to.conversationId),
      replies.map(({ content }) => (content.type === 'text' ? content.text.slice(0, 200) : '')),
    ]);
    return rows.map(({ id }) => id);
  }
}

const CLAIM = {
  name: 'auto-reply-claim',
  text: `
    UPDATE conversations c
    SET last_auto_reply_at = now(), last_message_at = greatest(c.last_message_at, now()), last_text = r.text
    FROM unnest($1::bigint[], $2::text[]) AS r (id, text)
    WHERE c.id = r.id AND NOT EXISTS (
      SELECT FROM conversations o
      WHERE o.contact_id = c.contact_id AND o.last_auto_reply_at > now() - interval '1 minute'
    )
    RETURNING c.id::text`,
};
