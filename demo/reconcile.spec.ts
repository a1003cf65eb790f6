import { describe, expect, it } from 'vitest';
import { MESSAGE_STATES, type MessageState } from '../src/ledger/message-state.js';
import type { StateCounts } from './campaign-progress.js';
import { reconcile, type Books } from './reconcile.js';

/** Recipients "0", "1", … in these states, of whom the simulator has taken as many messages as said. */
function books(...people: readonly [MessageState, number][]): Books {
  const rows = people.map(([state], index) => ({ recipient: String(index), state }));
  const counted = MESSAGE_STATES.map((state) => [state, rows.filter((row) => row.state === state).length]);
  const taken = people.map(([, times], index): [string, number] => [String(index), times]);
  return {
    rows,
    counters: { ...(Object.fromEntries(counted) as StateCounts), total: rows.length },
    receipts: new Map(taken.filter(([, times]) => times > 0)),
    contacts: rows.length,
    optedOut: rows.filter((row) => row.state === 'skipped').length,
  };
}

describe('the reconciliation of a campaign with the ledger of the simulator', () => {
  it('finds no fault when every state fits what the simulator took', () => {
    const findings = reconcile(
      books(
        ...(
          [
            ['read', 1],
            ['delivered', 1],
            ['sent', 1],
            ['accepted', 1],
          ] as const
        ).map((one) => [...one] as [MessageState, number]),
        ['failed', 1],
        ['failed', 0],
        ['unknown', 1],
        ['unknown', 0],
        ['skipped', 0],
      ),
    );

    expect(findings).toEqual({
      recipients: 9,
      skipped: 1,
      accepted: 6,
      delivered: 2,
      failed: 2,
      unknown: 2,
      duplicates: 0,
      lost: 0,
      faults: [],
    });
  });

  it('counts a message that the campaign calls sent and the simulator never saw as lost', () => {
    const { lost, faults } = reconcile(books(['read', 1], ['accepted', 0]));

    expect(lost).toBe(1);
    expect(faults).toEqual(['1 messages that the campaign calls sent never reached the simulator']);
  });

  it('counts a message that was taken twice as a duplicate', () => {
    const { duplicates, accepted, faults } = reconcile(books(['delivered', 2], ['read', 1]));

    expect({ duplicates, accepted }).toEqual({ duplicates: 1, accepted: 2 });
    expect(faults).toEqual(['1 messages reached the simulator more than once']);
  });

  it('does not let a lost and a doubled message make up for each other', () => {
    const { duplicates, lost } = reconcile(books(['delivered', 2], ['delivered', 0]));

    expect({ duplicates, lost }).toEqual({ duplicates: 1, lost: 1 });
  });

  it('counts who is still pending as lost', () => {
    const { lost, faults } = reconcile(books(['pending', 0], ['read', 1]));

    expect(lost).toBe(1);
    expect(faults).toEqual(['1 recipients are neither sent to nor given up']);
  });

  it('finds who opted out and was written to all the same', () => {
    expect(reconcile(books(['skipped', 1])).faults).toEqual([
      '1 recipients got a message that they should not have got',
    ]);
  });

  it('finds numbers that nobody asked to write to', () => {
    const all = books(['read', 1]);
    const receipts = new Map([...all.receipts, ['stranger', 1]]);

    expect(reconcile({ ...all, receipts }).faults).toEqual([
      '1 numbers that are not in the campaign got a message',
    ]);
  });

  it('finds counters that differ from a recount', () => {
    const all = books(['read', 1], ['read', 1]);
    const counters = { ...all.counters, read: 1, sent: 1 };

    expect(reconcile({ ...all, counters }).faults).toEqual([
      '0 recipients are sent, the counter says 1',
      '2 recipients are read, the counter says 1',
    ]);
  });

  it('finds contacts that are not in the campaign, and opt-outs that were not skipped', () => {
    const all = books(['read', 1], ['read', 1]);

    expect(reconcile({ ...all, contacts: 3, optedOut: 1 }).faults).toEqual([
      'the campaign has 2 recipients of 3 contacts',
      '0 recipients were skipped, 1 had opted out',
    ]);
  });
});
