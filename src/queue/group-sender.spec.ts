import { describe, expect, it } from 'vitest';
import type { SendOutcome } from '../channels/providers/send-outcome.js';
import type { Config } from '../config/config.js';
import { CallPlaces } from './call-places.js';
import { CallSlots } from './call-slots.js';
import type { ChannelLine } from './channel-line.js';
import { GroupSender, type Group } from './group-sender.js';
import type { OutcomeEffects } from './outcome-effects.js';
import type { PauseFlags } from './pause-flags.js';
import type { RefusalRuns } from './refusal-runs.js';
import type { StartJournal } from './start-journal.js';

const ACCEPTED: SendOutcome = { kind: 'accepted', providerId: 'wamid.1' };

/** Calls whose answers come when the test says so. */
class Provider {
  readonly calls: ((outcome: SendOutcome) => void)[] = [];
  isRefused = false;
  readonly line = {
    channelId: 'channel',
    slots: new CallSlots(100),
    refused: () => (this.isRefused = true),
    isRefusedAt: () => this.isRefused,
    send: () => new Promise<SendOutcome>((resolve) => this.calls.push(resolve)),
  } as unknown as ChannelLine;
}

const senderWhile = (isClosed: () => boolean): GroupSender =>
  new GroupSender(
    { isClosed } as unknown as PauseFlags,
    { of: () => Promise.resolve() } as unknown as OutcomeEffects,
    { accepted: () => undefined } as unknown as RefusalRuns,
    { note: () => () => undefined } as unknown as StartJournal,
    { engine: { sendTimeoutMs: 1000 } } as unknown as Config,
  );

/** Three messages, the second of which did not pass the barrier, under a grant of four places. */
function groupWith(freed: number[], beginByMs = Infinity): Group {
  const row = (seq: number) => ({ seq, recipient: '+1', variables: {}, content: null, tries: 0 });
  return {
    dispatch: { id: '1', workspaceId: 'w', policy: { maxTries: 1, retryBaseMs: 1, retryMaxMs: 1 } },
    channelVersion: 1,
    rows: [row(1), row(2), row(3)],
    attempts: new Map([
      [1, 1],
      [3, 1],
    ]),
    grant: {
      kind: 'granted',
      count: 4,
      instantsMs: null,
      toleranceMs: 15,
      isProbe: false,
      failures: 0,
      places: new CallPlaces(4, beginByMs, (indexes) => freed.push(...indexes)),
    },
    render: () => ({ type: 'text', text: 'Hola' }),
    passedMs: performance.now(),
  } as unknown as Group;
}

describe('the places of calls that are limited at once', () => {
  it('come back as each outcome is known, and at once where there is no call', async () => {
    const freed: number[] = [];
    const provider = new Provider();
    const onItsWay = senderWhile(() => false).send(groupWith(freed), provider.line);
    await onItsWay.begun;
    expect(provider.calls).toHaveLength(2);
    expect(freed).toEqual([2, 3]);
    provider.calls[1]!(ACCEPTED);
    await expect.poll(() => freed).toEqual([2, 3, 1]);
    provider.calls[0]!(ACCEPTED);
    expect(await onItsWay.settlements).toHaveLength(2);
    expect(freed.toSorted()).toEqual([0, 1, 2, 3]);
  });

  it('come back of calls that a pause kept from beginning', async () => {
    const freed: number[] = [];
    const onItsWay = senderWhile(() => true).send(groupWith(freed), new Provider().line);
    expect(await onItsWay.settlements).toMatchObject([{ state: 'pending' }, { state: 'pending' }]);
    expect(freed.toSorted()).toEqual([0, 1, 2, 3]);
  });

  it('let no call begin that could outlast its place', async () => {
    const freed: number[] = [];
    const provider = new Provider();
    await senderWhile(() => false).send(groupWith(freed, performance.now() - 1), provider.line).settlements;
    expect(provider.calls).toHaveLength(0);
    expect(freed.toSorted()).toEqual([0, 1, 2, 3]);
  });
});

describe('a channel that its provider refuses', () => {
  const BLOCKED: SendOutcome = {
    kind: 'blocked',
    failureClass: 'auth_stop',
    code: '190',
    reason: 'The token was revoked.',
  };

  it('gets no further call of those that were granted already: their messages go back', async () => {
    const provider = new Provider();
    const first = senderWhile(() => false).send(groupWith([]), provider.line);
    await first.begun;
    provider.calls[0]!(BLOCKED);
    await expect.poll(() => provider.isRefused).toBe(true);
    const { settlements } = senderWhile(() => false).send(groupWith([]), provider.line);
    expect(await settlements).toMatchObject([
      { state: 'pending', triesSpent: 0 },
      { state: 'pending', triesSpent: 0 },
    ]);
    expect(provider.calls).toHaveLength(2);
  });
});

describe('calls behind the end of their hours', () => {
  it('are not made, and go back with no try spent', async () => {
    const provider = new Provider();
    const group = { ...groupWith([]), closesByMs: performance.now() - 1 };
    const { settlements } = senderWhile(() => false).send(group, provider.line);
    expect(await settlements).toMatchObject([
      { state: 'pending', triesSpent: 0 },
      { state: 'pending', triesSpent: 0 },
    ]);
    expect(provider.calls).toHaveLength(0);
  });

  it('are made before it', async () => {
    const provider = new Provider();
    const group = { ...groupWith([]), closesByMs: performance.now() + 60_000 };
    await senderWhile(() => false).send(group, provider.line).begun;
    expect(provider.calls).toHaveLength(2);
  });
});

describe('a call', () => {
  it('is not made once its instant is further back than the windows allow, and its message goes back', async () => {
    const provider = new Provider();
    const group = groupWith([]);
    const nowMs = performance.now();
    const grant = { ...group.grant, toleranceMs: 1000, instantsMs: [nowMs - 1001, nowMs] };
    const late = { ...group, grant } as Group;
    const { begun, settlements } = senderWhile(() => false).send(late, provider.line);
    await begun;
    expect(provider.calls).toHaveLength(1);
    provider.calls[0]!(ACCEPTED);
    expect(await settlements).toMatchObject([
      { seq: 1, state: 'pending', triesSpent: 0 },
      { seq: 3, state: 'accepted' },
    ]);
  });

  it('is not made so long after the barrier that its lease may be over', async () => {
    const provider = new Provider();
    const group = { ...groupWith([]), passedMs: performance.now() - 1001 };
    const settlements = await senderWhile(() => false).send(group, provider.line).settlements;
    expect(provider.calls).toHaveLength(0);
    expect(settlements).toMatchObject([{ state: 'pending' }, { state: 'pending' }]);
  });
});
