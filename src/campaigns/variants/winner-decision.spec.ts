import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WINNER_METRICS } from './variant.js';
import { decideWinner, FEWEST_TO_TELL, type Tested } from './winner-decision.js';

const tested = (over: Partial<Tested>): Tested => ({
  name: 'A',
  weight: 1,
  sent: 100,
  delivered: 0,
  read: 0,
  replies: 0,
  ...over,
});

const anyTested = fc
  .array(
    fc.record({
      weight: fc.integer({ min: 1, max: 10 }),
      sent: fc.integer({ min: 0, max: 60 }),
      parts: fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100)),
    }),
    { minLength: 2, maxLength: 5 },
  )
  .map((all) =>
    all.map(({ weight, sent, parts }, index): Tested => {
      const delivered = Math.floor((sent * parts[0]) / 100);
      const read = Math.floor((delivered * parts[1]) / 100);
      const replies = Math.floor((sent * parts[2]) / 100);
      return { name: String.fromCodePoint(65 + index), weight, sent, delivered, read, replies };
    }),
  );
const anyMetric = fc.constantFrom(...WINNER_METRICS);
const rate = (one: Tested, count: 'read' | 'replies' | 'delivered') => one[count] / Math.max(1, one.sent);

describe('the winner of a test', () => {
  it('has the best rate, not the most of it', () => {
    const few = tested({ name: 'A', sent: 20, read: 10 });
    const many = tested({ name: 'B', sent: 200, read: 40 });
    const decision = decideWinner([many, few], 'read');
    expect(decision.winner).toBe(1);
    expect(decision.reason).toBe('Most of it was read: "B" 40 of 200, "A" 10 of 20.');
  });

  it('goes by what is asked for, and by what people answer as well', () => {
    const a = tested({ name: 'A', delivered: 90, read: 50, replies: 5 });
    const b = tested({ name: 'B', delivered: 80, read: 60, replies: 4 });
    expect(WINNER_METRICS.map((metric) => decideWinner([a, b], metric).winner)).toEqual([1, 0, 0]);
  });

  it('is found by delivered where two are level, and says so', () => {
    const a = tested({ name: 'A', delivered: 80, read: 40 });
    const b = tested({ name: 'B', delivered: 90, read: 40 });
    const { winner, reason } = decideWinner([a, b], 'read');
    expect(winner).toBe(1);
    expect(reason).toMatch(
      /^By read the best are level .* so what most was delivered of was chosen: "A" 80 of 100/,
    );
  });

  it('is found by delivered where there is too little to tell, and says so', () => {
    const a = tested({ name: 'A', delivered: 80, replies: FEWEST_TO_TELL - 1 });
    const b = tested({ name: 'B', delivered: 90 });
    const { winner, reason } = decideWinner([a, b], 'reply');
    expect(winner).toBe(1);
    expect(reason).toMatch(/^By reply there is too little to tell .*"A" 4 of 100/);
  });

  it('is the heaviest where nothing tells, and of equal ones the first', () => {
    const none = [tested({ name: 'A' }), tested({ name: 'B', weight: 3 }), tested({ name: 'C', weight: 3 })];
    const { winner, reason } = decideWinner(none, 'read');
    expect(winner).toBe(1);
    expect(reason).toMatch(
      /, and by delivered there is too little to tell, so the one with the greatest weight/,
    );
    expect(decideWinner(none, 'delivered').winner).toBe(1);
  });

  it('is one of them, whatever came of the test, and the same each time', () => {
    fc.assert(
      fc.property(anyTested, anyMetric, (all, metric) => {
        const decision = decideWinner(all, metric);
        expect(all[decision.winner]).toBeDefined();
        expect(decideWinner(all, metric)).toEqual(decision);
        expect(decision.reason).not.toBe('');
      }),
    );
  });

  it('has nobody above it by the metric, unless the reason says that it did not tell', () => {
    fc.assert(
      fc.property(anyTested, anyMetric, (all, metric) => {
        const { winner, reason } = decideWinner(all, metric);
        if (!reason.startsWith('Most of it was')) return;
        const count = ({ read: 'read', reply: 'replies', delivered: 'delivered' } as const)[metric];
        const best = rate(all[winner]!, count);
        expect(all.every((one, index) => index === winner || rate(one, count) < best)).toBe(true);
        expect(all[winner]![count]).toBeGreaterThanOrEqual(FEWEST_TO_TELL);
      }),
    );
  });

  it('does not depend on the order of the others where the metric tells', () => {
    fc.assert(
      fc.property(anyTested, anyMetric, (all, metric) => {
        const { winner, reason } = decideWinner(all, metric);
        if (!reason.startsWith('Most of it was')) return;
        const reversed = all.toReversed();
        expect(reversed[decideWinner(reversed, metric).winner]!.name).toBe(all[winner]!.name);
      }),
    );
  });
});
