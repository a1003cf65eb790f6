import { Injectable } from '@nestjs/common';
import { IntakeSql } from '../../database/pools.js';
import type { WebhookEvent } from '../intake/webhook-event.js';
import { WebhookEventRepository } from '../intake/webhook-event.repository.js';
import type { WebhookStore } from '../intake/webhook-store.js';
import { WebhookApplier } from './webhook-applier.js';

/**
 * CAUDAL_WEBHOOK_MODE=direct: what comes in is stored and applied in one durable transaction, and then answered. What
 * waits for its message stays on the backlog, for a worker.
 */
@Injectable()
export class DirectStore implements WebhookStore {
  constructor(
    private readonly sql: IntakeSql,
    private readonly events: WebhookEventRepository,
    private readonly applier: WebhookApplier,
  ) {}

  async insert(events: readonly WebhookEvent[]): Promise<void> {
    await this.applier.applyAtOnce(this.sql, (tx) => this.events.insertIn(tx, events));
  }
}
