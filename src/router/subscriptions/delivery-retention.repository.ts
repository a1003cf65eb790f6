import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { agedBefore, Housekeeping, NOTHING_OLD, type Chunk } from '../../database/housekeeping.js';
import type { Queryable } from '../../database/sql.js';

const DELIVERIES_OF_A_CHUNK = 5000;

/** Events are numbered as they happen: whether a subscription has old deliveries, its first one tells. */
const WITH_OLD = `
  SELECT s.id FROM subscriptions s
  WHERE (SELECT event_at FROM deliveries d WHERE d.subscription_id = s.id ORDER BY d.event_id LIMIT 1) < $1
  LIMIT 1`;
const DELETED = `
  SELECT s.id FROM subscriptions s
  WHERE s.state = 'deleted'
    AND (SELECT event_at FROM deliveries d WHERE d.subscription_id = s.id ORDER BY d.event_id LIMIT 1) IS NOT NULL
  LIMIT 1`;

/** Its oldest ones, whatever became of them; the walk along the key ends where the young ones begin. */
const FORGET = {
  name: 'deliveries-forget',
  text: `
    DELETE FROM deliveries
    WHERE subscription_id = $1 AND event_id = ANY(ARRAY(
      SELECT event_id FROM (
        SELECT event_id, event_at FROM deliveries WHERE subscription_id = $1 ORDER BY event_id LIMIT $3
      ) AS oldest
      WHERE event_at < $2
    ))
    RETURNING 1`,
};

/** Not at once: an event that was being written while it was deleted may still have been meant for it. */
const DROP_EMPTY = `
  DELETE FROM subscriptions s
  WHERE s.state = 'deleted' AND s.updated_at < now() - interval '1 minute'
    AND (SELECT 1 FROM deliveries d WHERE d.subscription_id = s.id LIMIT 1) IS NULL`;

/** Lets deliveries go: with their events when these are old, and those of subscriptions that were deleted. */
@Injectable()
export class DeliveryRetention implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add('deliveries of events', (tx) => this.forget(tx));
    this.housekeeping.add('deliveries of deleted subscriptions', (tx) => this.forgetDeleted(tx));
  }

  private async forget(tx: Queryable): Promise<Chunk> {
    const before = agedBefore(this.clock.nowMs(), this.config.retention.eventDays);
    if (before === null) return NOTHING_OLD;
    const [old] = await tx.query<{ id: string }>(WITH_OLD, [before]);
    return old === undefined ? NOTHING_OLD : this.forgetOf(tx, old.id, before);
  }

  private async forgetDeleted(tx: Queryable): Promise<Chunk> {
    const [deleted] = await tx.query<{ id: string }>(DELETED);
    if (deleted !== undefined) return this.forgetOf(tx, deleted.id, 'infinity');
    await tx.query(DROP_EMPTY);
    return NOTHING_OLD;
  }

  private async forgetOf(tx: Queryable, subscriptionId: string, before: Date | 'infinity'): Promise<Chunk> {
    const gone = await tx.query(FORGET, [subscriptionId, before, DELIVERIES_OF_A_CHUNK]);
    return { purged: gone.length, isMore: true };
  }
}
