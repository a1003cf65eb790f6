import { describe, expect, it } from 'vitest';
import { LargeBodies } from './large-bodies.js';

const MB = 1024 * 1024;

describe('LargeBodies', () => {
  it('lets in as many as there is room for, and the next when one has gone', () => {
    const bodies = new LargeBodies(4 * MB, 10 * MB);
    const leave = bodies.enter(String(4 * MB))!;
    expect(bodies.enter(String(4 * MB))).toBeDefined();
    expect(bodies.enter(String(4 * MB))).toBeUndefined();
    expect(bodies.enter(String(2 * MB))).toBeDefined();
    leave();
    expect(bodies.enter(String(4 * MB))).toBeDefined();
  });

  it('always lets in what is small, and one that is larger than the room', () => {
    const bodies = new LargeBodies(64 * MB, 10 * MB);
    expect(bodies.enter(String(20 * MB))).toBeDefined();
    expect(bodies.enter(String(MB))).toBeUndefined();
    for (let nth = 0; nth < 1000; nth += 1) expect(bodies.enter('65536')).toBeDefined();
    expect(bodies.enter('0')).toBeDefined();
  });

  it('takes what announces nothing for the largest, and nothing for larger than that', () => {
    const bodies = new LargeBodies(4 * MB, 10 * MB);
    expect(bodies.enter(undefined)).toBeDefined();
    expect(bodies.enter(String(100 * MB))).toBeDefined();
    expect(bodies.enter(undefined)).toBeUndefined();
  });
});
