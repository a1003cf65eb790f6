import { Injectable } from '@nestjs/common';
import { ProviderRegistry } from '../../channels/provider-registry.js';
import { WebhookSecrets } from '../../channels/webhook-secrets.js';
import { Sql, type Queryable } from '../../database/sql.js';
import { BellRinger } from '../../queue/bell-ringer.js';
import type { Waiting } from '../inbound/auto-reply.js';
import { BacklogRepository, type Parked } from './backlog.repository.js';
import type { ClaimedEvent } from './claimed-event.js';
import { ElementApplication } from './element-application.js';
import { MessageTargetRepository } from './message-target.repository.js';
import { isFaultOfData } from './poison.js';
import { faultIn, readBody, type Actionable, type ReadBody, type StatusElement } from './webhook-body.js';

/** Events of one transaction. */
export const MOST_EVENTS = 200;
/** About a thousand statuses: reading more in one go would hold up this process's sends for milliseconds. */
const MOST_BYTES = 256 * 1024;

/**
 * Applies stored webhooks, each exactly once: the backlog rows go in the transaction that holds their effect. Where
 * a process dies in between, nothing has happened and the next one takes them.
 */
@Injectable()
export class WebhookApplier {
  /** By channel, the account that it belongs to with others, where its provider has such and its settings say which. */
  private owners: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly sql: Sql,
    private readonly backlog: BacklogRepository,
    private readonly targets: MessageTargetRepository,
    private readonly application: ElementApplication,
    private readonly ringer: BellRinger,
    private readonly providers: ProviderRegistry,
    private readonly secrets: WebhookSecrets,
  ) {}

  /** Applies the oldest events that nobody else holds; returns how many there were, 0 when nothing is ready. */
  async applyNext(): Promise<number> {
    const { count, waiting } = await this.aroundPoison(this.sql, async (tx, isPoisoned) => {
      const events = await this.backlog.claim(tx, MOST_EVENTS, MOST_BYTES);
      return { count: events.length, waiting: await this.apply(tx, events, isPoisoned) };
    });
    this.ring(waiting);
    return count;
  }

  /** Stores and applies in one transaction: `store` returns the ids of what is new. */
  async applyAtOnce(sql: Sql, store: (tx: Queryable) => Promise<readonly string[]>): Promise<void> {
    const waiting = await this.aroundPoison(sql, async (tx, isPoisoned) => {
      const events = await this.backlog.eventsOf(tx, await store(tx));
      return this.apply(tx, events, isPoisoned);
    });
    this.ring(waiting);
  }

  /** What a transaction left to be sent is committed now; a bell that is lost is rung again by a tick. */
  private ring(waiting: readonly Waiting[]): void {
    for (const { dispatchId, channelId } of waiting) void this.ringer.ring(dispatchId, channelId, 1);
  }

  /** A second time, with care, where the data made the first fail. */
  private async aroundPoison<T>(
    sql: Sql,
    work: (tx: Queryable, isPoisoned: boolean) => Promise<T>,
  ): Promise<T> {
    await this.readOwners();
    try {
      return await sql.transaction((tx) => work(tx, false));
    } catch (error) {
      if (!isFaultOfData(error)) throw error;
      return sql.transaction((tx) => work(tx, true));
    }
  }

  private async apply(
    tx: Queryable,
    events: readonly ClaimedEvent[],
    isPoisoned: boolean,
  ): Promise<readonly Waiting[]> {
    if (events.length === 0) return [];
    const { elements, faults } = await this.read(tx, events);
    const applied = await this.application.apply(tx, elements, isPoisoned);
    const orphans = applied.unresolved.filter((element) => element.event.isOverdue);
    const waiting = applied.unresolved.filter((element) => !element.event.isOverdue);
    const apart = [
      ...faults,
      ...applied.poison.map(({ part, reason }) => faultIn(part, reason)),
      ...applied.foreign.map((element) => faultIn(element, 'it names a message that its channel never sent')),
      ...orphans.map((element) => faultIn(element, 'no message with its id became known in time')),
    ];
    if (apart.length > 0) await this.backlog.quarantine(tx, apart);
    await this.leave(tx, events, waiting);
    return applied.waiting;
  }

  private async read(tx: Queryable, events: readonly ClaimedEvent[]): Promise<ReadBody> {
    const channelIds = [...new Set(events.flatMap((event) => event.channelIds))];
    const accounts = await this.targets.accountsOf(tx, channelIds);
    const accountOf = new Map(accounts.map((one) => [one.channelId, one.accountRef]));
    const bodies: ReadBody[] = [];
    for (const event of events) {
      const settings = await this.settingsFor(event);
      bodies.push(
        readBody(
          event,
          () => this.providers.of(event.provider).parseWebhook(event, settings),
          (update) => channelsNamed(event, update, accountOf, this.owners),
        ),
      );
    }
    return {
      elements: bodies.flatMap((body) => body.elements),
      faults: bodies.flatMap((body) => body.faults),
    };
  }

  /** Before a transaction begins: within one, the pool may have no connection left for it. */
  private async readOwners(): Promise<void> {
    const owners = new Map<string, string>();
    for (const { channelId, provider, settings } of await this.secrets.channels()) {
      const owner = this.providers.of(provider).wabaRef?.(settings);
      if (owner) owners.set(channelId, owner);
    }
    this.owners = owners;
  }

  /** Of the one channel whose address was called; empty where channels share it. */
  private async settingsFor({ addressChannelId }: ClaimedEvent): Promise<Readonly<Record<string, unknown>>> {
    if (addressChannelId === null) return {};
    return (await this.secrets.channel(addressChannelId))?.settings ?? {};
  }

  /** Takes the events off the backlog, but for the elements that wait for their message. */
  private async leave(
    tx: Queryable,
    events: readonly ClaimedEvent[],
    waiting: readonly StatusElement[],
  ): Promise<void> {
    const parked = new Map<string, number[]>();
    for (const { event, update } of waiting) {
      const elements = parked.get(event.id) ?? [];
      elements.push(update.element);
      parked.set(event.id, elements);
    }
    const done = events.filter((event) => !parked.has(event.id)).map((event) => event.id);
    await this.backlog.finish(tx, done);
    const stay: Parked[] = [...parked].map(([eventId, elements]) => ({ eventId, elements }));
    if (stay.length > 0) await this.backlog.park(tx, stay);
  }
}

/**
 * Those with this account among the ones that the proof allows; what is said of an account of many numbers concerns all
 * of them; what names none is the address's own.
 */
function channelsNamed(
  { channelIds, addressChannelId }: ClaimedEvent,
  update: Actionable,
  accountOf: ReadonlyMap<string, string | null>,
  owners: ReadonlyMap<string, string>,
): readonly string[] {
  const { accountRef } = update;
  const owner = 'wabaRef' in update ? update.wabaRef : undefined;
  if (accountRef === null && owner !== undefined)
    return channelIds.filter((channelId) => owners.get(channelId) === owner);
  if (accountRef !== null) return channelIds.filter((channelId) => accountOf.get(channelId) === accountRef);
  return addressChannelId !== null && accountOf.has(addressChannelId) ? [addressChannelId] : [];
}
