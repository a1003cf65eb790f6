import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fill, secondsFor, sendableIn, type Ability } from './pool-ability.js';
import { levelled, type PoolMember, type Transfer } from './pool-levelling.js';

const window = fc.record({
  left: fc.nat(20_000),
  limit: fc.integer({ min: 1, max: 20_000 }),
  windowMs: fc.constantFrom(60_000, 3_600_000, 86_400_000),
});
const ability: fc.Arbitrary<Ability> = fc.record({
  perSecond: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0.01, max: 5, noNaN: true })),
  windows: fc.array(window, { maxLength: 3 }),
});
const pool = (standings: readonly PoolMember['standing'][]): fc.Arbitrary<PoolMember[]> =>
  fc
    .array(
      fc.record({
        standing: fc.constantFrom(...standings),
        ability,
        fixed: fc.nat(20_000),
        loose: fc.nat(200_000),
      }),
      { minLength: 1, maxLength: 20 },
    )
    .map((members) => members.map((member, index) => ({ ...member, channelId: `c${index}` })));
const anyPool = pool(['able', 'able', 'able', 'stuck', 'unclear']);

function after(members: readonly PoolMember[], transfers: readonly Transfer[]): PoolMember[] {
  return members.map((member) => {
    const gained = transfers.filter(({ to }) => to === member.channelId);
    const given = transfers.filter(({ from }) => from === member.channelId);
    const sum = (list: readonly Transfer[]): number =>
      list.reduce((total, { messages }) => total + messages, 0);
    return { ...member, loose: member.loose + sum(gained) - sum(given) };
  });
}

const endOf = (members: readonly PoolMember[]): number =>
  Math.max(
    0,
    ...members
      .filter(({ standing, loose }) => standing === 'able' && loose > 0)
      .map((member) => secondsFor(member.ability, member.fixed + member.loose)),
  );

describe('levelling a pool', () => {
  it('loses nothing, and takes from nobody more than may go', () => {
    fc.assert(
      fc.property(anyPool, (members) => {
        const result = after(members, levelled(members));
        const total = (list: readonly PoolMember[]): number =>
          list.reduce((sum, { loose }) => sum + loose, 0);
        expect(total(result)).toBe(total(members));
        for (const { loose } of result) expect(loose).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('gives only to channels that can send, and takes nothing from one of which nothing is certain', () => {
    fc.assert(
      fc.property(anyPool, (members) => {
        const standing = new Map(members.map((member) => [member.channelId, member.standing]));
        for (const { from, to, messages } of levelled(members)) {
          expect(standing.get(to)).toBe('able');
          expect(standing.get(from)).not.toBe('unclear');
          expect(from).not.toBe(to);
          expect(messages).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('leaves nothing on a stuck channel while another can send', () => {
    fc.assert(
      fc.property(anyPool, (members) => {
        fc.pre(members.some(({ standing }) => standing === 'able'));
        const result = after(members, levelled(members));
        for (const { standing, loose } of result) if (standing === 'stuck') expect(loose).toBe(0);
      }),
    );
  });

  it('does not move a pool again that it has levelled', () => {
    fc.assert(
      fc.property(anyPool, (members) => {
        const result = after(members, levelled(members));
        expect(levelled(result)).toEqual([]);
      }),
    );
  });

  it('lets no pool end later than it would have, where all can send', () => {
    fc.assert(
      fc.property(pool(['able']), (members) => {
        expect(endOf(after(members, levelled(members)))).toBeLessThanOrEqual(endOf(members) + 1e-6);
      }),
    );
  });

  it('gives each channel its part of the work by what it can send', () => {
    const member = (channelId: string, perSecond: number, loose: number): PoolMember => ({
      channelId,
      standing: 'able',
      ability: { perSecond, windows: [] },
      fixed: 0,
      loose,
    });
    const result = after(
      [member('slow', 10, 9000), member('fast', 80, 0)],
      levelled([member('slow', 10, 9000), member('fast', 80, 0)]),
    );
    expect(result.map(({ loose }) => loose)).toEqual([1000, 8000]);
  });

  it('moves nothing for a gain of seconds', () => {
    const member = (channelId: string, loose: number): PoolMember => ({
      channelId,
      standing: 'able',
      ability: { perSecond: 10, windows: [] },
      fixed: 0,
      loose,
    });
    expect(levelled([member('a', 1000), member('b', 1080)])).toEqual([]);
    expect(levelled([member('a', 1000), member('b', 1300)])).not.toEqual([]);
  });
});

describe('giving messages to several channels', () => {
  const bearers = fc.array(fc.record({ ability, load: fc.nat(10_000) }), { minLength: 1, maxLength: 20 });

  it('gives each no more than it can send until the last one ends, and all of them what there is', () => {
    fc.assert(
      fc.property(bearers, fc.nat(1_000_000), (list, messages) => {
        const { given, seconds } = fill(list, messages);
        expect(given.reduce((sum, one) => sum + one, 0)).toBe(messages);
        for (const [index, part] of given.entries()) {
          expect(part).toBeGreaterThanOrEqual(0);
          if (part > 0) {
            const { ability: of, load } = list[index]!;
            expect(load + part).toBeLessThanOrEqual(sendableIn(of, seconds) + 1e-6);
          }
        }
      }),
    );
  });

  it('says of a time what it says of the messages that fit in it', () => {
    fc.assert(
      fc.property(ability, fc.integer({ min: 1, max: 100_000 }), (of, messages) => {
        const seconds = secondsFor(of, messages);
        expect(sendableIn(of, seconds * (1 + 1e-9))).toBeGreaterThanOrEqual(messages * (1 - 1e-6) - 1e-6);
      }),
    );
  });
});
