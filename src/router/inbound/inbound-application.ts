import { Injectable, Logger } from '@nestjs/common';
import type { InboundElement } from '../../channels/providers/webhook-element.js';
import type { Queryable } from '../../database/sql.js';
import { EventInterest } from '../../events/event-interest.js';
import { Outbox } from '../../events/outbox.js';
import { MessageTargetRepository } from '../application/message-target.repository.js';
import type { PlacedElement } from '../application/webhook-body.js';
import { RuleApplication } from '../rules/rule-application.js';
import { AutoReplies, type Waiting } from './auto-reply.js';
import { ConsentApplication } from './consent-application.js';
import { forwardedEvent, receivedEvent } from './inbound-event.js';
import { InboundRepository } from './inbound.repository.js';
import { senderOf, type InboundRow, type StoredInbound } from './inbound-row.js';

/**
 * What is made of messages that people wrote: contact, conversation and message, then what they say of consent, then
 * what the rules say, then who is told. All of it in the transaction that takes the webhook off the backlog, so that
 * each message has its effects once.
 */
@Injectable()
export class InboundApplication {
  private readonly logger = new Logger('Router');

  constructor(
    private readonly targets: MessageTargetRepository,
    private readonly inbound: InboundRepository,
    private readonly consent: ConsentApplication,
    private readonly rules: RuleApplication,
    private readonly replies: AutoReplies,
    private readonly interest: EventInterest,
    private readonly outbox: Outbox,
  ) {}

  /** Where answers wait, to be rung for when the transaction is committed. */
  async apply(
    tx: Queryable,
    elements: readonly PlacedElement<InboundElement>[],
  ): Promise<readonly Waiting[]> {
    const stored = await this.inbound.store(tx, await this.rowsOf(tx, elements));
    if (stored.length === 0) return [];
    const storedAtMs = performance.now();
    const consented = await this.consent.apply(tx, stored);
    const ruled = await this.rules.apply(
      tx,
      stored.filter(({ id }) => !consented.spoken.has(id)),
    );
    await this.outbox.addAll(tx, [
      ...stored
        .filter(({ workspaceId }) => this.interest.inMessages(workspaceId))
        .map((message) => receivedEvent(message)),
      ...ruled.forwards.map(({ message, rule }) => forwardedEvent(message, rule)),
    ]);
    const waiting = await this.replies.answer(tx, [...consented.replies, ...ruled.replies]);
    const sinceMs = Math.round(performance.now() - storedAtMs);
    for (const message of stored) this.note(message, message.waitedMs + sinceMs);
    return waiting;
  }

  private async rowsOf(
    tx: Queryable,
    elements: readonly PlacedElement<InboundElement>[],
  ): Promise<InboundRow[]> {
    const workspaceOf = await this.targets.workspacesOf(tx, [
      ...new Set(elements.flatMap(({ channelIds }) => channelIds)),
    ]);
    return elements
      .filter(({ update }) => senderOf(update.message) !== undefined)
      .flatMap(({ event, channelIds, update }) =>
        channelIds.flatMap((channelId) => {
          const workspaceId = workspaceOf.get(channelId);
          return workspaceId === undefined
            ? []
            : [{ workspaceId, channelId, eventId: event.id, message: update.message }];
        }),
      );
  }

  private note({ id, type, channelId, conversationId }: StoredInbound, waitedMs: number): void {
    this.logger.debug(`message ${id} (${type}) had its effects ${waitedMs} ms after it came`, {
      channelId,
      conversationId,
      waitedMs,
    });
  }
}
