import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { agedBefore, Housekeeping, NOTHING_OLD, type Chunk } from '../database/housekeeping.js';
import type { Queryable } from '../database/sql.js';

const EVENTS_OF_A_CHUNK = 5000;

/** Events are numbered as they happen: the old ones are those with the lowest numbers. */
const FORGET = {
  name: 'outbox-forget',
  text: `
    DELETE FROM outbox WHERE id = ANY(ARRAY(
      SELECT id FROM (SELECT id, created_at FROM outbox ORDER BY id LIMIT $2) AS oldest WHERE created_at < $1
    )) RETURNING 1`,
};

/** Lets old events go: whoever passes them on is done with them long before. */
@Injectable()
export class OutboxRetention implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add('events', (tx) => this.forget(tx));
  }

  private async forget(tx: Queryable): Promise<Chunk> {
    const before = agedBefore(this.clock.nowMs(), this.config.retention.eventDays);
    if (before === null) return NOTHING_OLD;
    const gone = await tx.query(FORGET, [before, EVENTS_OF_A_CHUNK]);
    return { purged: gone.length, isMore: gone.length === EVENTS_OF_A_CHUNK };
  }
}
