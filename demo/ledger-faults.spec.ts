import { describe, expect, it } from 'vitest';
import { MESSAGE_STATES, type MessageState } from '../src/ledger/message-state.js';
import type { SimulatorSummary } from '../src/simulator/control-client.js';
import type { StateCounts } from './campaign-progress.js';
import { ledgerFaults, statusFaults } from './ledger-faults.js';

function counters(counts: Partial<Record<MessageState, number>>): StateCounts {
  return { ...(Object.fromEntries(MESSAGE_STATES.map((state) => [state, 0])) as StateCounts), ...counts };
}

const LEDGER = { accepted: 100, distinct: 100, unauthorised: 0, mostPerSecond: 80 } as SimulatorSummary;

describe('the statuses of the simulator and the counters of the campaign', () => {
  it('agree when each message is counted in its furthest state, whatever was refused at once', () => {
    const ours = counters({ sent: 3, delivered: 27, read: 69, failed: 5 });

    expect(statusFaults(ours, { sent: 99, delivered: 96, read: 69, failed: 2 })).toEqual([]);
  });

  it('disagree while a status is on its way', () => {
    const ours = counters({ accepted: 1, delivered: 1, failed: 0 });

    expect(statusFaults(ours, { sent: 2, delivered: 2, read: 1, failed: 1 })).toEqual([
      '1 messages were read by the simulator, 0 by the campaign',
      '2 messages were delivered by the simulator, 1 by the campaign',
      '2 messages were sent by the simulator, 1 by the campaign',
      '1 messages failed later by the simulator, 0 by the campaign',
    ]);
  });
});

describe('the books of the simulator', () => {
  it('are in order when every message came once, at the rate that was allowed', () => {
    expect(ledgerFaults(LEDGER, 80)).toEqual([]);
    expect(ledgerFaults({ ...LEDGER, mostPerSecond: 4000 }, undefined)).toEqual([]);
  });

  it('may hold a few calls more in a second than left in it', () => {
    expect(ledgerFaults({ ...LEDGER, mostPerSecond: 88 }, 80)).toEqual([]);
  });

  it('show messages that came twice, wrong keys and too high a rate', () => {
    expect(ledgerFaults({ ...LEDGER, distinct: 99, unauthorised: 1, mostPerSecond: 89 }, 80)).toEqual([
      'the simulator took 100 messages, 99 of them different',
      '1 calls had a wrong key',
      '89 calls arrived in one second; the limit is 80',
    ]);
  });
});
