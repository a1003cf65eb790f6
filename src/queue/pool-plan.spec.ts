import { describe, expect, it } from 'vitest';
import type { BatchGroup, OpenDispatch } from '../ledger/batch-move.repository.js';
import { planOf, type PoolChannel } from './pool-plan.js';
import { PoolProbes } from './pool-probes.js';
import { PoolStandings } from './pool-standing.js';
import { speedsOf } from './pool-speeds.js';
import { sharesOf } from './pool-share.js';
import { because } from './sending-reason.js';

function group(channelId: string, ready: number, over: Partial<BatchGroup> = {}): BatchGroup {
  return { channelId, stickyTo: null, movable: true, ready, leased: 0, ...over };
}

function channel(channelId: string, over: Partial<PoolChannel> = {}): PoolChannel {
  return { channelId, standing: 'able', ability: { perSecond: 10, windows: [] }, wantsProbe: false, ...over };
}

function dispatch(groups: BatchGroup[]): OpenDispatch {
  return {
    dispatchId: '1',
    workspaceId: 'w',
    campaignId: 'c',
    channelIds: ['a', 'b'],
    weight: 1,
    mayLevel: true,
    groups,
  };
}

describe('what a pool moves', () => {
  it('gives the work of a stuck channel to the others, that of people who know it too', () => {
    const plan = planOf(dispatch([group('a', 300), group('a', 200, { stickyTo: 'a' })]), [
      channel('a', { standing: 'stuck' }),
      channel('b'),
    ]);
    expect(plan).toEqual([{ from: 'a', to: 'b', messages: 500, which: 'any', cause: 'failover' }]);
  });

  it('leaves people on the channel that they know as long as it can send', () => {
    const groups = [group('a', 5000, { stickyTo: 'a' }), group('b', 10)];
    expect(planOf(dispatch(groups), [channel('a'), channel('b')])).toEqual([]);
  });

  it('brings them back to it as soon as it can again', () => {
    const groups = [group('b', 5000, { stickyTo: 'a' })];
    expect(planOf(dispatch(groups), [channel('a'), channel('b')])).toEqual([
      { from: 'b', to: 'a', messages: 5000, which: 'home', cause: 'return' },
    ]);
  });

  it('moves nothing that is bound to its channel', () => {
    const groups = [group('a', 5000, { movable: false })];
    expect(planOf(dispatch(groups), [channel('a', { standing: 'stuck' }), channel('b')])).toEqual([]);
  });

  it('gives a channel whose breaker waits for a probe a few messages, and leaves them there', () => {
    const channels = [channel('a', { standing: 'stuck', wantsProbe: true }), channel('b')];
    expect(planOf(dispatch([group('b', 5000)]), channels)).toEqual([
      { from: 'b', to: 'a', messages: 5, which: 'loose', cause: 'probe' },
    ]);
    expect(planOf(dispatch([group('b', 4995), group('a', 5)]), channels)).toEqual([]);
    expect(planOf(dispatch([group('b', 10), group('a', 500)]), channels)).toEqual([
      { from: 'a', to: 'b', messages: 495, which: 'any', cause: 'failover' },
    ]);
  });

  it('evens channels out only when it is time for it, and leaves a stuck one at any time', () => {
    const groups = [group('a', 9000), group('b', 10)];
    const both = [channel('a'), channel('b')];
    expect(planOf(dispatch(groups), both)).toMatchObject([{ from: 'a', to: 'b', cause: 'level' }]);
    expect(planOf({ ...dispatch(groups), mayLevel: false }, both)).toEqual([]);
    const stuck = [channel('a', { standing: 'stuck' }), channel('b')];
    expect(planOf({ ...dispatch(groups), mayLevel: false }, stuck)).toMatchObject([{ messages: 9000 }]);
  });

  it('moves nothing while no channel can send', () => {
    const channels = [channel('a', { standing: 'stuck' }), channel('b', { standing: 'unclear' })];
    expect(planOf(dispatch([group('a', 5000)]), channels)).toEqual([]);
  });
});

describe('how a channel of a pool stands', () => {
  const note = (standings: PoolStandings, isObstructed: boolean, atMs: number): string => {
    standings.note(new Map([['a', isObstructed]]), atMs);
    return standings.of('a');
  };

  it('is stuck only when the obstacle has lasted, and able only when it has been away as long', () => {
    const standings = new PoolStandings(5000);
    const seen = [
      [false, 0],
      [true, 1000],
      [true, 5999],
      [true, 6000],
      [false, 7000],
      [false, 11_999],
      [false, 12_000],
    ] as const;
    expect(seen.map(([isObstructed, atMs]) => note(standings, isObstructed, atMs))).toEqual([
      'able',
      'unclear',
      'unclear',
      'stuck',
      'stuck',
      'stuck',
      'able',
    ]);
  });

  it('is able at once after an obstacle that did not last', () => {
    const standings = new PoolStandings(5000);
    expect([note(standings, true, 0), note(standings, false, 1000)]).toEqual(['unclear', 'able']);
  });

  it('is unclear where nobody has looked', () => {
    expect(new PoolStandings(0).of('a')).toBe('unclear');
  });
});

describe('how fast channels are taken to be', () => {
  it('believes what they did when it is clearly less than what they say', () => {
    const seen = (sends: number) => ({ sends, seconds: 100 });
    const speeds = speedsOf([
      { said: 80, seen: seen(7800), weight: 1 },
      { said: 80, seen: seen(2000), weight: 1 },
      { said: 80, seen: seen(0), weight: 1 },
      { said: null, seen: seen(30_000), weight: 1 },
    ]);
    expect(speeds.map(Math.round)).toEqual([80, 20, 1, 301]);
  });

  it('makes little of what may be chance', () => {
    const [some, more] = speedsOf([
      { said: 60, seen: { sends: 5, seconds: 100 }, weight: 1 },
      { said: 60, seen: { sends: 10, seconds: 100 }, weight: 1 },
    ]);
    expect(more! / some!).toBeLessThan(1.1);
  });

  it('guesses by the fastest, and by weight, where nothing is known', () => {
    expect(
      speedsOf([
        { said: null, seen: null, weight: 1 },
        { said: null, seen: null, weight: 2 },
        { said: 80, seen: null, weight: 1 },
      ]),
    ).toEqual([40, 80, 80]);
  });
});

describe('how recipients are shared out at the start', () => {
  const candidate = (over: object = {}) => ({
    channelId: 'a',
    weight: 1,
    obstacle: null,
    perSecond: 10,
    windows: [],
    ...over,
  });
  const parts = (candidates: Parameters<typeof sharesOf>[0], messages: number): number[] => {
    const named = candidates.map((one, index) => ({ ...one, channelId: `c${index}` }));
    const shares = sharesOf(named, messages);
    const sum = shares.reduce((total, { weight }) => total + weight, 0);
    return shares.map(({ weight }) => Math.round((weight / sum) * 100));
  };

  it('is by weight and by what each can send', () => {
    expect(parts([candidate(), candidate({ weight: 3 })], 10_000)).toEqual([25, 75]);
    expect(parts([candidate(), candidate({ perSecond: 30 })], 10_000)).toEqual([25, 75]);
  });

  it('gives none to a channel that cannot send, and all by weight when none can', () => {
    const held = { obstacle: because('channel_held', null, 'a', 'no') };
    expect(parts([candidate(held), candidate()], 10_000)).toEqual([0, 100]);
    expect(parts([candidate(held), candidate({ ...held, weight: 3 })], 10_000)).toEqual([25, 75]);
  });

  it('gives a channel no more than it may still send today, where the others have the time', () => {
    const today = { windows: [{ left: 100, limit: 1000, windowMs: 86_400_000 }] };
    expect(parts([candidate(today), candidate()], 1000)).toEqual([10, 90]);
  });
});

describe('trying a channel again', () => {
  it('has messages for it for a while, and then not for a while', () => {
    const probes = new PoolProbes();
    const wants = (atMs: number): boolean => {
      probes.note(new Set(['a']), atMs);
      return probes.wants('a', atMs);
    };
    expect([wants(1000), wants(15_999), wants(16_000), wants(45_999), wants(46_000)]).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    probes.note(new Set(), 77_000);
    expect(probes.wants('a', 77_000)).toBe(false);
  });
});
