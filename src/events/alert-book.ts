import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';

/** What a person has to look at, with the words of docs/operations.md. */
export const ALERT_KINDS = ['channel_held', 'number_quality', 'template_barred'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** `subject`: tells two alerts of a kind on one channel apart; empty where there can be one only. */
export interface AlertKey {
  readonly kind: AlertKind;
  readonly channelId: string;
  readonly subject?: string;
}

const RAISE = {
  name: 'alert-raise',
  text: `
    INSERT INTO alerts (workspace_id, kind, subject, channel_id, text)
    SELECT c.workspace_id, $1, $2, c.id, $4 FROM channels c WHERE c.id = $3
    ON CONFLICT (workspace_id, kind, subject) WHERE ended_at IS NULL DO UPDATE
    SET text = EXCLUDED.text, times = alerts.times + 1, last_at = now()`,
};
const END = {
  name: 'alert-end',
  text: `
    UPDATE alerts a SET ended_at = now()
    FROM channels c
    WHERE c.id = $3 AND a.workspace_id = c.workspace_id AND a.kind = $1 AND a.subject = ANY($2::text[])
      AND a.ended_at IS NULL`,
};

/**
 * Alerts are rows of the transaction of what they tell, as events are. The same thing again while it lasts is the same
 * alert, counted; who has seen it acknowledges it, and it ends by itself when its cause does.
 */
@Injectable()
export class AlertBook {
  async raise(db: Queryable, key: AlertKey, text: string): Promise<void> {
    await db.query(RAISE, [key.kind, subjectOf(key), key.channelId, text]);
  }

  async end(db: Queryable, key: AlertKey): Promise<void> {
    await db.query(END, [key.kind, [subjectOf(key)], key.channelId]);
  }

  /** Of many subjects of one channel, those that there are, in one statement. */
  async endAll(
    db: Queryable,
    kind: AlertKind,
    channelId: string,
    subjects: readonly string[],
  ): Promise<void> {
    const all = subjects.map((subject) => subjectOf({ kind, channelId, subject }));
    if (all.length > 0) await db.query(END, [kind, all, channelId]);
  }
}

function subjectOf({ channelId, subject }: AlertKey): string {
  return subject === undefined ? channelId : `${channelId} ${subject}`;
}
