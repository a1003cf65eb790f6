import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EVENT_OF_STATUS,
  furthest,
  MESSAGE_EVENTS,
  MESSAGE_STATES,
  nextState,
  statesBefore,
  type DeliveryStatus,
  type MessageEvent,
  type MessageState,
} from './message-state.js';

/** Written out by hand from the design, so that a slip in the table shows. */
const EXPECTED: Record<MessageEvent, Partial<Record<MessageState, MessageState>>> = {
  begin: { pending: 'inflight' },
  accept: { inflight: 'accepted', unknown: 'accepted' },
  refuse: { inflight: 'failed', unknown: 'failed' },
  giveBack: { inflight: 'pending' },
  loseTrack: { inflight: 'unknown' },
  reportSent: { inflight: 'sent', accepted: 'sent', unknown: 'sent', unconfirmed: 'sent' },
  reportDelivered: {
    inflight: 'delivered',
    accepted: 'delivered',
    sent: 'delivered',
    unknown: 'delivered',
    unconfirmed: 'delivered',
    failed: 'delivered',
  },
  reportRead: {
    inflight: 'read',
    accepted: 'read',
    sent: 'read',
    delivered: 'read',
    unknown: 'read',
    unconfirmed: 'read',
    failed: 'read',
  },
  reportFailed: {
    inflight: 'failed',
    accepted: 'failed',
    sent: 'failed',
    unknown: 'failed',
    unconfirmed: 'failed',
  },
  giveUp: { unknown: 'unconfirmed' },
  skip: { pending: 'skipped' },
  cancel: { pending: 'cancelled' },
};

describe('message state', () => {
  for (const event of MESSAGE_EVENTS) {
    for (const state of MESSAGE_STATES) {
      const to = EXPECTED[event][state] ?? null;
      it(`${event} from ${state} ${to === null ? 'changes nothing' : `leads to ${to}`}`, () => {
        expect(nextState(state, event)).toBe(to);
      });
    }
  }

  it('lets a message begin only from pending', () => {
    expect(statesBefore('begin')).toEqual(['pending']);
  });

  it('never leads back to pending except by proof out of inflight, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...MESSAGE_EVENTS), { maxLength: 40 }), (events) => {
        let state: MessageState = 'pending';
        for (const event of events) {
          const next = nextState(state, event);
          if (next === 'pending') expect([state, event]).toEqual(['inflight', 'giveBack']);
          state = next ?? state;
        }
      }),
    );
  });

  it('begins at most once more than it was proved not sent', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...MESSAGE_EVENTS), { maxLength: 60 }), (events) => {
        let state: MessageState = 'pending';
        let begun = 0;
        let proofs = 0;
        for (const event of events) {
          const next = nextState(state, event);
          if (next === null) continue;
          if (event === 'begin') begun += 1;
          if (event === 'giveBack') proofs += 1;
          state = next;
        }
        expect(begun).toBeLessThanOrEqual(proofs + 1);
      }),
    );
  });

  it('ends in the same state for every order and repetition of the same statuses', () => {
    const statuses = Object.keys(EVENT_OF_STATUS) as DeliveryStatus[];
    const endOf = (words: readonly DeliveryStatus[]): MessageState =>
      words.reduce<MessageState>(
        (state, word) => nextState(state, EVENT_OF_STATUS[word]) ?? state,
        'accepted',
      );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...statuses), { minLength: 1, maxLength: 12 }),
        fc.nat(),
        (words, turn) => {
          const turned = words.map((_, index) => words[(index + turn) % words.length]!);
          expect(endOf([...turned, ...words])).toBe(endOf(words));
          expect(endOf(words)).toBe(words.reduce(furthest));
        },
      ),
    );
  });
});
