import { Injectable } from '@nestjs/common';
import { ProviderRegistry } from '../../channels/provider-registry.js';
import { Sql, type Queryable } from '../../database/sql.js';
import { BacklogRepository, type Parked } from './backlog.repository.js';
import type { ClaimedEvent } from './claimed-event.js';
import { MessageTargetRepository } from './message-target.repository.js';
import { applyAroundPoison, isFaultOfData, type Isolated } from './poison.js';
import { StatusApplication } from './status-application.js';
import { readBody, type Fault, type StatusElement } from './webhook-body.js';

/** Events of one transaction. */
export const MOST_EVENTS = 200;
/** About a thousand statuses: reading more in one go would hold up this process's sends for milliseconds. */
const MOST_BYTES = 256 * 1024;

/**
 * Applies stored webhooks, each exactly once: the backlog rows go in the transaction that holds their effect. Where
 * a process dies in between, nothing has happened and the next one takes them.
 */
@Injectable()
export class StatusApplier {
  constructor(
    private readonly sql: Sql,
    private readonly backlog: BacklogRepository,
    private readonly targets: MessageTargetRepository,
    private readonly application: StatusApplication,
    private readonly providers: ProviderRegistry,
  ) {}

  /** Applies the oldest events that nobody else holds; returns how many there were, 0 when nothing is ready. */
  async applyNext(): Promise<number> {
    try {
      return await this.sql.transaction((tx) => this.applyIn(tx, false));
    } catch (error) {
      if (!isFaultOfData(error)) throw error;
      return this.sql.transaction((tx) => this.applyIn(tx, true));
    }
  }

  private async applyIn(tx: Queryable, isPoisoned: boolean): Promise<number> {
    const events = await this.backlog.claim(tx, MOST_EVENTS, MOST_BYTES);
    if (events.length === 0) return 0;
    const { statuses, faults } = await this.read(tx, events);
    const applied: Isolated = isPoisoned
      ? await applyAroundPoison(tx, this.application, statuses)
      : { ...(await this.application.apply(tx, statuses)), poison: [] };
    const orphans = applied.unresolved.filter((element) => element.event.isOverdue);
    const waiting = applied.unresolved.filter((element) => !element.event.isOverdue);
    await this.setApart(tx, [
      ...faults,
      ...applied.poison.map(({ element, reason }) => faultOf(element, reason)),
      ...applied.foreign.map((element) => faultOf(element, 'it names a message that its channel never sent')),
      ...orphans.map((element) => faultOf(element, 'no message with its id became known in time')),
    ]);
    await this.leave(tx, events, waiting);
    return events.length;
  }

  private async read(
    tx: Queryable,
    events: readonly ClaimedEvent[],
  ): Promise<{ statuses: StatusElement[]; faults: Fault[] }> {
    const channelIds = [...new Set(events.flatMap((event) => event.channelIds))];
    const accountOf = new Map(
      (await this.targets.accountsOf(tx, channelIds)).map((one) => [one.channelId, one.accountRef]),
    );
    const bodies = events.map((event) =>
      readBody(
        event,
        ({ body }) =>
          this.providers.of(event.provider).parseWebhook({ body, contentType: null, query: '' }, {}),
        (accountRef) => event.channelIds.filter((channelId) => accountOf.get(channelId) === accountRef),
      ),
    );
    return {
      statuses: bodies.flatMap((body) => body.statuses),
      faults: bodies.flatMap((body) => body.faults),
    };
  }

  private async setApart(tx: Queryable, faults: readonly Fault[]): Promise<void> {
    if (faults.length > 0) await this.backlog.quarantine(tx, faults);
  }

  /** Takes the events off the backlog, but for the elements that wait for their message. */
  private async leave(
    tx: Queryable,
    events: readonly ClaimedEvent[],
    waiting: readonly StatusElement[],
  ): Promise<void> {
    const parked = new Map<string, number[]>();
    for (const { event, status } of waiting) {
      const elements = parked.get(event.id) ?? [];
      elements.push(status.element);
      parked.set(event.id, elements);
    }
    const done = events.filter((event) => !parked.has(event.id)).map((event) => event.id);
    await this.backlog.finish(tx, done);
    const stay: Parked[] = [...parked].map(([eventId, elements]) => ({ eventId, elements }));
    if (stay.length > 0) await this.backlog.park(tx, stay);
  }
}

function faultOf(element: StatusElement, reason: string): Fault {
  return { event: element.event, element: element.status.element, reason };
}
