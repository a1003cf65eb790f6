import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeliveryStatus } from '../../ledger/message-state.js';
import { foldStatuses, type ResolvedStatus } from './status-folding.js';

function resolved(status: DeliveryStatus, second: number, seq = 1, channelId = 'one'): ResolvedStatus {
  return {
    channelId,
    message: { dispatchId: '7', seq, attempt: 1 },
    element: {
      channelIds: [channelId],
      event: {
        id: '1',
        workspaceId: null,
        provider: 'whatsapp-cloud',
        scope: null,
        channelIds: [channelId],
        addressChannelId: null,
        contentType: null,
        query: '',
        receivedAt: new Date(0),
        body: Buffer.alloc(0),
        elements: null,
        waitedMs: 0,
        isOverdue: false,
      },
      update: {
        kind: 'status',
        element: 0,
        accountRef: '1',
        providerId: 'wamid',
        correlationId: null,
        status,
        at: new Date(second * 1000),
        ...(status === 'failed' && { code: '131026', reason: 'not on WhatsApp' }),
      },
    },
  };
}

describe('foldStatuses', () => {
  it('takes the furthest status of a message, with the time of each', () => {
    const [evidence, ...more] = foldStatuses([
      resolved('read', 9),
      resolved('sent', 1),
      resolved('delivered', 5),
    ]);
    expect(more).toEqual([]);
    expect(evidence).toMatchObject({
      status: 'read',
      at: { sent: new Date(1000), delivered: new Date(5000), read: new Date(9000), failed: null },
    });
  });

  it('lets delivery win over a failure, whichever comes first', () => {
    expect(foldStatuses([resolved('failed', 1), resolved('delivered', 2)])[0]!.status).toBe('delivered');
    expect(foldStatuses([resolved('delivered', 2), resolved('failed', 1)])[0]!.status).toBe('delivered');
  });

  it('keeps the code and reason of a failure', () => {
    expect(foldStatuses([resolved('sent', 1), resolved('failed', 2)])[0]).toMatchObject({
      status: 'failed',
      code: '131026',
      reason: 'not on WhatsApp',
    });
  });

  it('keeps messages, and channels that name the same message, apart', () => {
    const folded = foldStatuses([
      resolved('sent', 1, 1, 'one'),
      resolved('read', 1, 1, 'two'),
      resolved('delivered', 1, 2, 'one'),
    ]);
    expect(folded.map(({ seq, channelId, status }) => [seq, channelId, status])).toEqual([
      [1, 'one', 'sent'],
      [1, 'two', 'read'],
      [2, 'one', 'delivered'],
    ]);
  });

  it('says nothing of the newest attempt for the failure of an older one', () => {
    const second = resolved('sent', 5);
    const ofSecondAttempt = { ...second, message: { ...second.message, attempt: 2 } };
    for (const both of [
      [resolved('failed', 1), ofSecondAttempt],
      [ofSecondAttempt, resolved('failed', 1)],
    ]) {
      expect(foldStatuses(both)).toEqual([
        expect.objectContaining({ attempt: 2, status: 'sent', code: null }),
      ]);
    }
  });

  it('comes to the same whatever the order and repetition', () => {
    const one = fc.record({
      status: fc.constantFrom<DeliveryStatus>('sent', 'delivered', 'read', 'failed'),
      second: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 8 }).chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray([...list, ...list], {
              minLength: list.length * 2,
              maxLength: list.length * 2,
            }),
          ),
        ),
        ([list, shuffledTwice]) => {
          const fold = (statuses: typeof list) =>
            foldStatuses(statuses.map(({ status, second }) => resolved(status, second)));
          expect(fold(shuffledTwice)).toEqual(fold(list));
        },
      ),
    );
  });
});
