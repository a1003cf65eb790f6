import { describe, expect, it } from 'vitest';
import { Keyring } from '../../common/keyring.js';
import { TaskIds } from '../../ledger/task-id.js';
import type { DueDelivery } from './delivery.js';
import { EventBody } from './event-body.js';
import { eventIdOf } from './event-name.js';

const workspaceId = '7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55';
const taskIds = new TaskIds(new Keyring('m'.repeat(32)));

function bodyOf(type: string, payload: Record<string, unknown>): Record<string, unknown> {
  const delivery: DueDelivery = {
    eventId: '17',
    workspaceId,
    orderKey: '1',
    attempts: 0,
    firstAttemptAt: null,
    eventAt: new Date('2026-11-22T12:00:00.125Z'),
    type,
    payload,
  };
  return JSON.parse(new EventBody(taskIds).of(delivery)) as Record<string, unknown>;
}

describe('the body of an event', () => {
  it('says what happened and when, under the name of the event', () => {
    const body = bodyOf('campaign.paused', { campaignId: 'c' });
    expect(body).toEqual({
      id: 'evt_17',
      type: 'campaign.paused',
      timestamp: '2026-11-22T12:00:00.125Z',
      data: { campaignId: 'c' },
    });
    expect(eventIdOf('evt_17')).toBe('17');
    expect(eventIdOf('17')).toBeNull();
  });

  it('names a single message as its sender knows it, and one of a campaign by its number', () => {
    const position = { dispatchId: '4711', seq: 3 };
    expect(bodyOf('message.sent', { ...position, phone: '+5255' })['data']).toEqual({
      taskId: taskIds.idOf(workspaceId, position),
      phone: '+5255',
    });
    expect(bodyOf('message.sent', { ...position, campaignId: 'c' })['data']).toEqual({
      campaignId: 'c',
      dispatchId: '4711',
      number: 3,
    });
    const received = { text: 'Hola', conversationId: '9' };
    expect(bodyOf('message.received', received)['data']).toEqual(received);
  });
});
