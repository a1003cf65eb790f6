import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '../support/stack.js';
import type { Dice } from './dice.js';
import type { OwnServer } from './own-server.js';

export const FAULT_KINDS = [
  'worker',
  'redis',
  'backends',
  'slow answers',
  'cut answers',
  'webhooks',
] as const;
type Kind = (typeof FAULT_KINDS)[number];

/** How long each lasts, at least and at most. */
interface Durations {
  readonly redisMs: readonly [number, number];
  readonly answersMs: readonly [number, number];
}

/** Faults of every kind, one after the other in an order that is drawn; none is left out for long. */
export class SoakFaults {
  readonly struck = new Map<Kind, number>();
  private deck: Kind[] = [];

  constructor(
    private readonly dice: Dice,
    private readonly stack: Stack,
    private readonly redis: OwnServer,
    private readonly durations: Durations,
  ) {}

  /** Returns when the fault is over. */
  async strike(campaignId: string): Promise<void> {
    if (this.deck.length === 0) this.deck = [...FAULT_KINDS];
    const kind = this.dice.pick(this.deck);
    this.deck.splice(this.deck.indexOf(kind), 1);
    await this.bring(kind, campaignId);
    this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
  }

  private async bring(kind: Kind, campaignId: string): Promise<void> {
    const { stack, dice } = this;
    switch (kind) {
      case 'worker':
        await stack.killWorker(dice.pick(stack.workers));
        await stack.startWorker();
        return;
      case 'redis':
        await this.redis.kill();
        await delay(dice.between(...this.durations.redisMs));
        await this.redis.start();
        return;
      case 'backends':
        await stack.ledger.sql.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name <> 'spec'`,
        );
        return;
      case 'slow answers':
        await stack.simulator.addFault({ kind: 'latency', delayMs: 2000, rate: 0.1 });
        await this.answersAgain();
        return;
      case 'cut answers':
        await stack.simulator.addFault({ kind: 'halfBody', rate: 0.05 });
        await stack.simulator.addFault({ kind: 'resetAfterRead', rate: 0.05 });
        await this.answersAgain();
        return;
      case 'webhooks':
        await this.repeatStatuses(campaignId);
    }
  }

  /** All that can be said of messages that were accepted, twice and in no order. */
  private async repeatStatuses(campaignId: string): Promise<void> {
    const { stack, dice } = this;
    const callbackPrefix = `${await stack.dispatchOf(campaignId)}:`;
    const { items } = await stack.simulator.ledgerPage({ callbackPrefix, limit: 500 });
    const said = items
      .filter(({ accepted }) => accepted && dice.chance(0.5))
      .flatMap(({ id }) => ['sent', 'read', 'delivered', 'sent', 'read'].map((status) => ({ id, status })));
    const deck = said.map((one) => ({ one, at: dice.between(0, 1) })).toSorted((a, b) => a.at - b.at);
    if (deck.length > 0) await stack.simulator.postStatuses(deck.map(({ one }) => one));
  }

  private async answersAgain(): Promise<void> {
    await delay(this.dice.between(...this.durations.answersMs));
    await this.stack.simulator.clearFaults();
  }
}
