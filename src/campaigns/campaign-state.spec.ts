import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CAMPAIGN_EVENTS,
  CAMPAIGN_STATUSES,
  isChangeable,
  isFinal,
  isInMotion,
  judgeOrder,
  maySend,
  nextStatus,
  preparedAs,
  statusAfter,
  statusesBefore,
  type CampaignEvent,
  type CampaignOrder,
  type CampaignStatus,
} from './campaign-state.js';

/** Every transition once more, written the other way round: by status instead of by event. */
const TRANSITIONS: Record<CampaignStatus, Partial<Record<CampaignEvent, CampaignStatus>>> = {
  draft: { schedule: 'scheduled', start: 'preparing' },
  scheduled: {
    unschedule: 'draft',
    expire: 'completed',
    start: 'preparing',
    hold: 'held',
    stop: 'stopping',
  },
  preparing: { send: 'sending', fail: 'failed', pause: 'pausing', hold: 'held', stop: 'stopping' },
  sending: { pause: 'pausing', hold: 'held', stop: 'stopping', complete: 'completed' },
  pausing: { settlePause: 'paused', resume: 'sending', hold: 'held', stop: 'stopping' },
  paused: { resume: 'sending', hold: 'held', stop: 'stopping' },
  held: {
    schedule: 'scheduled',
    unschedule: 'draft',
    confirm: 'sending',
    confirmStart: 'preparing',
    stop: 'stopping',
  },
  stopping: { settleStop: 'stopped' },
  stopped: {},
  completed: { resend: 'sending' },
  failed: {},
};

const ORDERS: readonly CampaignOrder[] = ['pause', 'resume', 'stop'];
const anyEvents = fc.array(fc.constantFrom(...CAMPAIGN_EVENTS), { maxLength: 40 });

function run(events: readonly CampaignEvent[]): CampaignStatus[] {
  const path: CampaignStatus[] = ['draft'];
  for (const event of events) path.push(nextStatus(path.at(-1)!, event) ?? path.at(-1)!);
  return path;
}

describe.each(CAMPAIGN_STATUSES)('a campaign that is %s', (status) => {
  it.each(CAMPAIGN_EVENTS)('moves on "%s" as the table says, or not at all', (event) => {
    const expected = TRANSITIONS[status][event] ?? null;
    expect(nextStatus(status, event)).toBe(expected);
    expect(statusesBefore(event).includes(status)).toBe(expected !== null);
    if (expected !== null) expect(statusAfter(event)).toBe(expected);
  });

  it.each(ORDERS)('obeys "%s" exactly where the table has it', (order) => {
    const judgement = judgeOrder(status, order);
    expect(judgement === 'obey').toBe(TRANSITIONS[status][order] !== undefined);
  });

  it.each(ORDERS)('takes "%s" twice as it takes it once', (order) => {
    const next = nextStatus(status, order);
    if (next !== null) expect(judgeOrder(next, order)).toBe('already-so');
  });
});

describe('orders that mean nothing', () => {
  it('are pausing, resuming or stopping what does not run', () => {
    for (const order of ORDERS) {
      expect(judgeOrder('draft', order)).toBe('meaningless');
      expect(judgeOrder('completed', order)).toBe('meaningless');
      expect(judgeOrder('failed', order)).toBe('meaningless');
    }
    expect(judgeOrder('scheduled', 'pause')).toBe('meaningless');
    expect(judgeOrder('stopped', 'resume')).toBe('meaningless');
    expect(judgeOrder('held', 'resume')).toBe('meaningless');
  });
});

describe('any history of a campaign', () => {
  it('ends when it is final, unless a person has some of it sent again', () => {
    const withoutResend = anyEvents.map((events) => events.filter((event) => event !== 'resend'));
    fc.assert(
      fc.property(withoutResend, (events) => {
        const path = run(events);
        const end = path.findIndex(isFinal);
        if (end >= 0) expect(new Set(path.slice(end)).size).toBe(1);
      }),
    );
    for (const status of CAMPAIGN_STATUSES.filter(isFinal)) {
      const ways = CAMPAIGN_EVENTS.filter((event) => nextStatus(status, event) !== null);
      expect(ways).toEqual(status === 'completed' ? ['resend'] : []);
    }
  });

  it('never sends after a stop was asked for', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const path = run(events);
        const stop = path.indexOf('stopping');
        if (stop >= 0) expect(path.slice(stop).some(maySend)).toBe(false);
      }),
    );
  });

  it('reaches paused, stopped and completed only through the state that a tick settles', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const path = run(events);
        // What recurs is completed without having sent: its occurrences do that.
        const before = {
          paused: ['pausing'],
          stopped: ['stopping'],
          completed: ['sending', 'scheduled'],
        } as const;
        for (const [settled, asked] of Object.entries(before)) {
          const at = path.indexOf(settled as CampaignStatus);
          if (at > 0) expect(asked).toContain(path[at - 1]);
        }
      }),
    );
  });

  it('may be changed only while nothing of it has begun', () => {
    for (const status of CAMPAIGN_STATUSES) {
      expect(isChangeable(status, true)).toBe(false);
      if (isChangeable(status, false)) expect([maySend(status), isFinal(status)]).toEqual([false, false]);
    }
  });

  it('is in motion whenever it may send', () => {
    for (const status of CAMPAIGN_STATUSES) {
      if (maySend(status)) expect(isInMotion(status)).toBe(true);
      if (isFinal(status)) expect(isInMotion(status)).toBe(false);
    }
  });

  it('is prepared as long as it is in motion, so that no order leaves recipients without a row', () => {
    for (const status of CAMPAIGN_STATUSES) expect(preparedAs(status) !== null).toBe(isInMotion(status));
  });

  it('prepares to send until a stop was asked for, and from then on to cancel', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const path = run(events);
        const stop = path.indexOf('stopping');
        const [before, after] = stop < 0 ? [path, []] : [path.slice(0, stop), path.slice(stop)];
        expect(before.map(preparedAs)).not.toContain('cancelled');
        expect(after.map(preparedAs)).not.toContain('pending');
        if (stop >= 0) expect(preparedAs(path[stop]!)).toBe('cancelled');
      }),
    );
  });

  it('can reach every status from draft', () => {
    const reached = new Set<CampaignStatus>(['draft']);
    for (const status of reached) {
      for (const event of CAMPAIGN_EVENTS) {
        const next = nextStatus(status, event);
        if (next !== null) reached.add(next);
      }
    }
    expect([...reached].toSorted()).toEqual(CAMPAIGN_STATUSES.toSorted());
  });
});
