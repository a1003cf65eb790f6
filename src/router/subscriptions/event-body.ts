import { Injectable } from '@nestjs/common';
import { TaskIds } from '../../ledger/task-id.js';
import type { DueDelivery } from './delivery.js';
import { eventName } from './event-name.js';

/** What an endpoint is sent. The same text at each try, as its signature and its id say that it is the same event. */
@Injectable()
export class EventBody {
  constructor(private readonly taskIds: TaskIds) {}

  of(delivery: DueDelivery): string {
    const { eventId, type, eventAt } = delivery;
    return JSON.stringify({
      id: eventName(eventId),
      type,
      timestamp: eventAt.toISOString(),
      data: this.dataOf(delivery),
    });
  }

  /** A single message has the name that its sender was given; one of a campaign its number in it. */
  private dataOf({ workspaceId, type, payload }: DueDelivery): Readonly<Record<string, unknown>> {
    const { dispatchId, seq, ...rest } = payload;
    if (!type.startsWith('message.') || typeof dispatchId !== 'string' || typeof seq !== 'number')
      return payload;
    if (rest['campaignId'] !== undefined) return { ...rest, dispatchId, number: seq };
    return { taskId: this.taskIds.idOf(workspaceId, { dispatchId, seq }), ...rest };
  }
}
