import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ringing, rungInTime } from './ringing.js';

describe('a bell', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    expect(vi.getTimerCount(), 'timers left behind').toBe(0);
    vi.useRealTimers();
  });

  it('is rung when Redis took it in time', async () => {
    expect(await rungInTime(Promise.resolve())).toEqual({ kind: 'rung' });
  });

  it('is lost with the reason when Redis refused it', async () => {
    const refused = Promise.reject(new Error('OOM command not allowed'));
    expect(await rungInTime(refused)).toEqual({ kind: 'lost', reason: 'OOM command not allowed' });
  });

  it('is lost when Redis does not answer, and what comes of it later disturbs nobody', async () => {
    let fail: (error: Error) => void = () => undefined;
    const rung = rungInTime(new Promise((_resolve, reject) => (fail = reject)));
    await vi.advanceTimersByTimeAsync(1500);
    expect(await rung).toEqual({ kind: 'lost', reason: 'Redis did not answer within 1500 ms' });
    fail(new Error('Connection is closed.'));
    await vi.advanceTimersByTimeAsync(0);
  });
});

describe('the bells of a process', () => {
  it('are not rung while one of them is not answered, and are again once it is', async () => {
    const ringing = new Ringing(5);
    const late = Promise.withResolvers<void>();
    let added = 0;
    const add = () => {
      added += 1;
      return added === 1 ? late.promise : Promise.resolve();
    };
    expect(await ringing.ring(add)).toMatchObject({ kind: 'lost' });
    expect(await ringing.ring(add)).toMatchObject({ kind: 'lost' });
    expect(added).toBe(1);
    late.resolve();
    await late.promise;
    expect(await ringing.ring(add)).toEqual({ kind: 'rung' });
    expect(added).toBe(2);
  });

  it('are rung again behind one that failed', async () => {
    const ringing = new Ringing(5);
    expect(await ringing.ring(() => Promise.reject(new Error('OOM')))).toMatchObject({ kind: 'lost' });
    expect(await ringing.ring(() => Promise.resolve())).toEqual({ kind: 'rung' });
  });
});
