import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import {
  agedBefore,
  Housekeeping,
  markOf,
  NOTHING_OLD,
  setMark,
  type Chunk,
} from '../../database/housekeeping.js';
import type { Queryable } from '../../database/sql.js';
import { WebhookRetentionRepository } from './webhook-retention.repository.js';

const WEBHOOKS = 'webhooks as they came';
const EVENTS_OF_A_CHUNK = 1000;

/**
 * Lets old webhooks go. Not before eight days are over, which the settings see to: until then a webhook that comes
 * again is known by its row, and what comes later still changes nothing, because states only climb.
 */
@Injectable()
export class WebhookRetention implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly repository: WebhookRetentionRepository,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add(WEBHOOKS, (tx) => this.forget(tx));
  }

  private async forget(tx: Queryable): Promise<Chunk> {
    const before = agedBefore(this.clock.nowMs(), this.config.retention.webhookDays);
    if (before === null) return NOTHING_OLD;
    const { position } = await markOf(tx, WEBHOOKS);
    const { seen, old, purged, last } = await this.repository.forget(tx, before, position, EVENTS_OF_A_CHUNK);
    const isMore = seen === EVENTS_OF_A_CHUNK && old === seen;
    // Those that had to stay are looked at again by the next run.
    await setMark(tx, WEBHOOKS, { subject: '0', position: isMore ? Number(last) : 0 });
    return { purged, isMore };
  }
}
