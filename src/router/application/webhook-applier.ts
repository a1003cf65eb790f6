import { Injectable } from '@nestjs/common';
import { ProviderRegistry } from '../../channels/provider-registry.js';
import { WebhookSecrets, type KnownChannels } from '../../channels/webhook-secrets.js';
import { Sql, type Queryable } from '../../database/sql.js';
import { StreamBells } from '../../queue/stream-bells.js';
import type { Waiting } from '../inbound/auto-reply.js';
import { BacklogRepository, type Parked } from './backlog.repository.js';
import type { ClaimedEvent } from './claimed-event.js';
import { ElementApplication } from './element-application.js';
import { MessageTargetRepository } from './message-target.repository.js';
import { parkedOf } from './parking.js';
import { isFaultOfData } from './poison.js';
import { ProvenChannels } from './proven-channels.js';
import { faultIn, readBody, type ReadBody } from './webhook-body.js';

/** Events of one transaction. */
export const MOST_EVENTS = 200;
/** About a thousand statuses: reading more in one go would hold up this process's sends for milliseconds. */
const MOST_BYTES = 256 * 1024;
const FOREIGN_ACCOUNT = 'it names an account that the secret which signed it does not belong to';

type Work<T> = (tx: Queryable, proven: ProvenChannels, isPoisoned: boolean) => Promise<T>;

/**
 * Applies stored webhooks, each exactly once: the backlog rows go in the transaction that holds their effect. Where
 * a process dies in between, nothing has happened and the next one takes them.
 */
@Injectable()
export class WebhookApplier {
  private readonly provenBy = new WeakMap<KnownChannels, ProvenChannels>();

  constructor(
    private readonly sql: Sql,
    private readonly backlog: BacklogRepository,
    private readonly targets: MessageTargetRepository,
    private readonly application: ElementApplication,
    private readonly bells: StreamBells,
    private readonly providers: ProviderRegistry,
    private readonly secrets: WebhookSecrets,
  ) {}

  /** Applies the oldest events that nobody else holds; returns how many there were, 0 when nothing is ready. */
  async applyNext(): Promise<number> {
    const { count, waiting } = await this.aroundPoison(this.sql, async (tx, proven, isPoisoned) => {
      const events = await this.backlog.claim(tx, MOST_EVENTS, MOST_BYTES);
      return { count: events.length, waiting: await this.apply(tx, events, proven, isPoisoned) };
    });
    this.ring(waiting);
    return count;
  }

  /** Stores and applies in one transaction: `store` returns the ids of what is new. */
  async applyAtOnce(sql: Sql, store: (tx: Queryable) => Promise<readonly string[]>): Promise<void> {
    const waiting = await this.aroundPoison(sql, async (tx, proven, isPoisoned) => {
      const events = await this.backlog.eventsOf(tx, await store(tx));
      return this.apply(tx, events, proven, isPoisoned);
    });
    this.ring(waiting);
  }

  /** What a transaction left to be sent is committed now; a bell that is lost is rung again by a tick. */
  private ring(waiting: readonly Waiting[]): void {
    for (const { dispatchId, channelId } of waiting) this.bells.ring(dispatchId, channelId);
  }

  /** A second time, with care, where the data made the first fail. */
  private async aroundPoison<T>(sql: Sql, work: Work<T>): Promise<T> {
    const proven = await this.proven();
    try {
      return await sql.transaction((tx) => work(tx, proven, false));
    } catch (error) {
      if (!isFaultOfData(error)) throw error;
      return sql.transaction((tx) => work(tx, proven, true));
    }
  }

  private async apply(
    tx: Queryable,
    events: readonly ClaimedEvent[],
    proven: ProvenChannels,
    isPoisoned: boolean,
  ): Promise<readonly Waiting[]> {
    if (events.length === 0) return [];
    const mayBeEarly = new Set(events.filter((event) => proven.mayLackChannelOf(event)));
    const { elements, strangers, faults } = await this.read(tx, events, proven);
    const early = strangers.filter((element) => mayBeEarly.has(element.event));
    const foreign = strangers.filter((element) => !mayBeEarly.has(element.event));
    const applied = await this.application.apply(tx, elements, isPoisoned);
    const orphans = applied.unresolved.filter((element) => element.event.isOverdue);
    const waiting = applied.unresolved.filter((element) => !element.event.isOverdue);
    const apart = [
      ...faults,
      ...foreign.map((element) => faultIn(element, FOREIGN_ACCOUNT)),
      ...applied.poison.map(({ part, reason }) => faultIn(part, reason)),
      ...applied.foreign.map((element) => faultIn(element, 'it names a message that its channel never sent')),
      ...orphans.map((element) => faultIn(element, 'no message with its id became known in time')),
    ];
    if (apart.length > 0) await this.backlog.quarantine(tx, apart);
    await this.leave(tx, events, parkedOf(waiting, early));
    return applied.waiting;
  }

  private async read(
    tx: Queryable,
    events: readonly ClaimedEvent[],
    proven: ProvenChannels,
  ): Promise<ReadBody> {
    const allowed = events.map((event) => proven.allowedTo(event));
    const rows = await this.targets.accountsOf(tx, [...new Set(allowed.flat())]);
    const accounts = new Map(rows.map((row) => [row.channelId, row.accountRef]));
    const bodies: ReadBody[] = [];
    for (const [at, event] of events.entries()) {
      const settings = await this.settingsFor(event);
      bodies.push(
        readBody(
          event,
          () => this.providers.of(event.provider).parseWebhook(event, settings),
          (update) => proven.named(event, update, allowed[at] ?? [], accounts),
        ),
      );
    }
    return {
      elements: bodies.flatMap((body) => body.elements),
      strangers: bodies.flatMap((body) => body.strangers),
      faults: bodies.flatMap((body) => body.faults),
    };
  }

  /** Before a transaction begins: within one, the pool may have no connection left for it. */
  private async proven(): Promise<ProvenChannels> {
    const known = await this.secrets.known();
    let proven = this.provenBy.get(known);
    if (proven === undefined) {
      proven = new ProvenChannels(known, this.providers);
      this.provenBy.set(known, proven);
    }
    return proven;
  }

  /** Of the one channel whose address was called; empty where channels share it. */
  private async settingsFor({ addressChannelId }: ClaimedEvent): Promise<Readonly<Record<string, unknown>>> {
    if (addressChannelId === null) return {};
    return (await this.secrets.channel(addressChannelId))?.settings ?? {};
  }

  /** Takes the events off the backlog, but for what waits. */
  private async leave(
    tx: Queryable,
    events: readonly ClaimedEvent[],
    parked: readonly Parked[],
  ): Promise<void> {
    const stay = new Set(parked.map((one) => one.eventId));
    const done = events.filter((event) => !stay.has(event.id)).map((event) => event.id);
    await this.backlog.finish(tx, done);
    if (parked.length > 0) await this.backlog.park(tx, parked);
  }
}
