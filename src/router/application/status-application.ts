import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import { StatusRepository } from '../../ledger/status.repository.js';
import { SuppressionRepository } from '../../ledger/suppression.repository.js';
import { readCorrelationId } from './correlation-id.js';
import { MessageTargetRepository, type ChannelMessage } from './message-target.repository.js';
import { foldStatuses, messageKey, type ResolvedStatus } from './status-folding.js';
import type { StatusElement } from './webhook-body.js';

/** What became of statuses that were applied together; what is in neither list has been applied. */
export interface Applied {
  /** Nothing here knows their message yet. */
  readonly unresolved: readonly StatusElement[];
  /** They name a message that the proven channels do not have. */
  readonly foreign: readonly StatusElement[];
}

/**
 * Carries statuses to the ledger: one look-up of provider ids, one statement that moves messages and counters, and
 * suppressions for those who asked not to be written to, all set-based. Nothing here trusts the body beyond the
 * channels that its signature proved.
 */
@Injectable()
export class StatusApplication {
  constructor(
    private readonly targets: MessageTargetRepository,
    private readonly ledger: StatusRepository,
    private readonly suppressions: SuppressionRepository,
  ) {}

  async apply(tx: Queryable, elements: readonly StatusElement[]): Promise<Applied> {
    const resolved = await this.resolve(tx, elements);
    const isFound = new Set(await this.applyResolved(tx, resolved));
    const missed = resolved.filter((one) => !isFound.has(one.element));
    for (const element of await this.applyResolved(tx, await this.triedBefore(tx, missed)))
      isFound.add(element);

    const isNamed = new Set(resolved.map((one) => one.element));
    return {
      unresolved: elements.filter((element) => !isNamed.has(element)),
      foreign: elements.filter((element) => isNamed.has(element) && !isFound.has(element)),
    };
  }

  /** Returns the elements whose message was found. */
  private async applyResolved(tx: Queryable, resolved: readonly ResolvedStatus[]): Promise<StatusElement[]> {
    if (resolved.length === 0) return [];
    const applied = await this.ledger.apply(tx, foldStatuses(resolved));
    const known = new Set(applied.map((one) => messageKey(one, one.channelId)));
    const found = resolved.filter((one) => known.has(messageKey(one.message, one.channelId)));
    await this.suppressOptedOut(tx, found);
    return found.map((one) => one.element);
  }

  /** A message that one channel could not send may have been sent by another since; what came of the first try counts. */
  private async triedBefore(tx: Queryable, missed: readonly ResolvedStatus[]): Promise<ResolvedStatus[]> {
    if (missed.length === 0) return [];
    const asked = missed.map(({ message, channelId }) => ({ ...message, channelId }));
    const tried = await this.targets.triedBefore(tx, asked);
    const channelNow = new Map(tried.map((one) => [messageKey(one, one.channelId), one.channelNow]));
    return missed.flatMap((one) => {
      const channelId = channelNow.get(messageKey(one.message, one.channelId));
      return channelId === undefined ? [] : [{ ...one, channelId }];
    });
  }

  /** By correlation id first: it is known before the provider's answer is stored. The provider's id is the second way. */
  private async resolve(tx: Queryable, elements: readonly StatusElement[]): Promise<ResolvedStatus[]> {
    const resolved: ResolvedStatus[] = [];
    const byId: StatusElement[] = [];
    for (const element of elements) {
      const message = readCorrelationId(element.update.correlationId);
      if (message === null) byId.push(element);
      else for (const channelId of element.channelIds) resolved.push({ element, message, channelId });
    }
    if (byId.length === 0) return resolved;
    const refs = byId.flatMap((element) =>
      element.channelIds.map((channelId) => ({ channelId, providerId: element.update.providerId })),
    );
    const found = new Map(
      (await this.targets.byProviderId(tx, refs)).map((ref) => [`${ref.channelId} ${ref.providerId}`, ref]),
    );
    for (const element of byId) {
      for (const channelId of element.channelIds) {
        const ref = found.get(`${channelId} ${element.update.providerId}`);
        if (ref === undefined) continue;
        const { dispatchId, seq, attempt } = ref;
        resolved.push({ element, message: { dispatchId, seq, attempt }, channelId });
      }
    }
    return resolved;
  }

  private async suppressOptedOut(tx: Queryable, found: readonly ResolvedStatus[]): Promise<void> {
    const messages: ChannelMessage[] = found
      .filter((one) => one.element.update.suppress === true)
      .map(({ message, channelId }) => ({ channelId, dispatchId: message.dispatchId, seq: message.seq }));
    if (messages.length === 0) return;
    for (const { workspaceId, recipients } of await this.targets.recipientsOf(tx, messages)) {
      await this.suppressions.suppress(tx, {
        workspaceId,
        recipients,
        category: 'marketing',
        reason: 'the provider reported that the person does not take marketing messages',
        source: 'provider',
      });
    }
  }
}
