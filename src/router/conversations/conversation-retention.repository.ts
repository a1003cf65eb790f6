import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { agedBefore, Housekeeping, NOTHING_OLD, type Chunk } from '../../database/housekeeping.js';
import type { Queryable } from '../../database/sql.js';

const CONVERSATIONS_OF_A_CHUNK = 1000;

/** Whether a workspace has old ones, its oldest tells: one probe of conversations_newest for each workspace. */
const WITH_OLD = {
  name: 'conversations-with-old',
  text: `
    SELECT w.id FROM workspaces w
    WHERE (
      SELECT v.last_message_at FROM conversations v WHERE v.workspace_id = w.id ORDER BY v.last_message_at, v.id LIMIT 1
    ) < $1
    LIMIT 1`,
};

/**
 * Its oldest ones, along the same index. Who writes just now holds the row of the conversation: it is stepped over, so
 * that this waits for nobody who may be waiting for it, and the age is looked at again once the row is locked.
 */
const FORGET = {
  name: 'conversations-forget',
  text: `
    DELETE FROM conversations WHERE id = ANY(ARRAY(
      SELECT id FROM conversations WHERE workspace_id = $1 AND last_message_at < $2
      ORDER BY last_message_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
    )) RETURNING 1`,
};

/** Lets go of conversations in which nobody has written for as long as messages are kept. Who writes again opens one. */
@Injectable()
export class ConversationRetention implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add('conversations', (tx) => this.forget(tx));
  }

  private async forget(tx: Queryable): Promise<Chunk> {
    const before = agedBefore(this.clock.nowMs(), this.config.retention.inboundDays);
    if (before === null) return NOTHING_OLD;
    const [old] = await tx.query<{ id: string }>(WITH_OLD, [before]);
    if (old === undefined) return NOTHING_OLD;
    const gone = await tx.query(FORGET, [old.id, before, CONVERSATIONS_OF_A_CHUNK]);
    return { purged: gone.length, isMore: gone.length > 0 };
  }
}
