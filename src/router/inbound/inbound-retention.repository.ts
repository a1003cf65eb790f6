import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { agedBefore, Housekeeping, NOTHING_OLD, type Chunk } from '../../database/housekeeping.js';
import type { Queryable } from '../../database/sql.js';

const MESSAGES_OF_A_CHUNK = 2000;

/**
 * Messages are numbered as they are stored, and none was written later than that: the old ones are those with the
 * lowest numbers, and the walk along the key ends where the young ones begin.
 */
const FORGET = {
  name: 'inbound-forget',
  text: `
    DELETE FROM inbound_messages WHERE id = ANY(ARRAY(
      SELECT id FROM (SELECT id, at FROM inbound_messages ORDER BY id LIMIT $2) AS oldest WHERE at < $1
    )) RETURNING 1`,
};

/** Lets go of what people wrote, with the references to their files, which the provider keeps and Caudal never had. */
@Injectable()
export class InboundRetention implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add('messages that people wrote', (tx) => this.forget(tx));
  }

  private async forget(tx: Queryable): Promise<Chunk> {
    const before = agedBefore(this.clock.nowMs(), this.config.retention.inboundDays);
    if (before === null) return NOTHING_OLD;
    const gone = await tx.query(FORGET, [before, MESSAGES_OF_A_CHUNK]);
    return { purged: gone.length, isMore: gone.length === MESSAGES_OF_A_CHUNK };
  }
}
