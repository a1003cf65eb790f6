import { beforeEach, describe, expect, it } from 'vitest';
import type { FailureClass, SendOutcome } from '../channels/providers/send-outcome.js';
import type { Config } from '../config/config.js';
import type { Dispatch } from '../ledger/dispatch.js';
import type { GateChange, GateRepository } from '../ledger/gate.repository.js';
import { RefusalRuns } from './refusal-runs.js';

const CAMPAIGN = { id: '7', campaignId: 'c' } as Dispatch;
const STREAM = { id: '8', campaignId: null } as Dispatch;

type Refusal = Extract<SendOutcome, { kind: 'rejected' }>;
const refusal = (code: string, failureClass: FailureClass = 'permanent_config'): Refusal => ({
  kind: 'rejected',
  failureClass,
  code,
  reason: 'No such template.',
});
const UNKNOWN_TEMPLATE = refusal('132001');

describe('messages that are refused for everybody', () => {
  let closed: GateChange[];
  let isAway: boolean;

  const runsOf = (holdOnRefusals: number): RefusalRuns => {
    const close = async (change: GateChange): Promise<void> => {
      if (isAway) throw new Error('away');
      closed.push(change);
    };
    return new RefusalRuns(
      { close } as unknown as GateRepository,
      { engine: { holdOnRefusals } } as unknown as Config,
    );
  };
  const refuse = async (runs: RefusalRuns, times: number, how = UNKNOWN_TEMPLATE, of = CAMPAIGN) => {
    for (let time = 0; time < times; time += 1) await runs.refused(of, 'channel', how);
  };

  beforeEach(() => {
    closed = [];
    isAway = false;
  });

  it('close the gate at so many in a row, once, and again after as many more', async () => {
    const runs = runsOf(3);
    await refuse(runs, 2);
    expect(closed).toEqual([]);
    await refuse(runs, 1);
    expect(closed).toEqual([
      {
        dispatchId: '7',
        changedBy: 'Caudal',
        reason: 'refused: 3 messages in a row, each with the code 132001: No such template.',
      },
    ]);
    await refuse(runs, 2);
    expect(closed).toHaveLength(1);
    await refuse(runs, 1);
    expect(closed).toHaveLength(2);
  });

  it('are counted anew behind an acceptance on the same channel, and no other', async () => {
    const runs = runsOf(3);
    await refuse(runs, 2);
    runs.accepted('7', 'channel');
    await refuse(runs, 2);
    runs.accepted('7', 'another');
    runs.accepted('9', 'channel');
    expect(closed).toEqual([]);
    await refuse(runs, 1);
    expect(closed).toHaveLength(1);
  });

  it('are counted anew when the code changes', async () => {
    const runs = runsOf(3);
    await refuse(runs, 2);
    await refuse(runs, 2, refusal('132000'));
    await refuse(runs, 2);
    expect(closed).toEqual([]);
  });

  it.each<FailureClass>(['permanent_recipient', 'window_closed', 'deferred_recipient'])(
    'are not those whose reason is the person: %s',
    async (failureClass) => {
      await refuse(runsOf(1), 5, refusal('131026', failureClass));
      expect(closed).toEqual([]);
    },
  );

  it('never stop single messages, nor anything where the setting is 0', async () => {
    await refuse(runsOf(1), 5, UNKNOWN_TEMPLATE, STREAM);
    await refuse(runsOf(0), 5);
    expect(closed).toEqual([]);
  });

  it('lose no outcome while Postgres is away', async () => {
    isAway = true;
    await refuse(runsOf(1), 1);
    expect(closed).toEqual([]);
  });
});
