import { describe, expect, it } from 'vitest';
import { TurnBook } from './turn-book.js';

const MOST_WAIT_MS = 350;

describe('the turns of a pair', () => {
  it('all wait in place for a slot that is there in a moment', () => {
    const book = new TurnBook();
    const places = [book.begin('7', 'c'), book.begin('7', 'c')];
    for (const place of places) expect(place.refused(12, MOST_WAIT_MS)).toEqual({ kind: 'wait' });
    expect(book.isCovered('7', 'c')).toBe(false);
  });

  it('leave one of them to wait for a later slot, which keeps on waiting', () => {
    const book = new TurnBook();
    const [first, second] = [book.begin('7', 'c'), book.begin('7', 'c')];
    expect(first.refused(200, MOST_WAIT_MS)).toEqual({ kind: 'wait' });
    expect(second.refused(200, MOST_WAIT_MS)).toEqual({ kind: 'leave' });
    expect(first.refused(200, MOST_WAIT_MS)).toEqual({ kind: 'wait' });
    expect(book.isCovered('7', 'c')).toBe(true);
    expect(book.isCovered('7', 'other')).toBe(false);
    first.end();
    expect(book.isCovered('7', 'c')).toBe(false);
    expect(second.refused(200, MOST_WAIT_MS)).toEqual({ kind: 'wait' });
  });

  it('rest together where nothing can be had for long, and no longer than a change may take to be noticed', () => {
    const book = new TurnBook();
    const [first, second] = [book.begin('7', 'c'), book.begin('7', 'c')];
    expect(first.refused(5000, MOST_WAIT_MS)).toEqual({ kind: 'rest', restMs: 500 });
    expect(second.refused(4999, MOST_WAIT_MS)).toEqual({ kind: 'leave' });
    first.end();
    second.end();
    expect(book.isCovered('7', 'c')).toBe(true);
    // Bells that end the rest ring once it is over.
    const leftMs = book.restLeftMs('7', 'c');
    expect(leftMs).toBeGreaterThan(400);
    expect(leftMs).toBeLessThanOrEqual(500);
    expect(book.restLeftMs('7', 'other')).toBe(0);
  });

  it('call for another only where all of them are busy when the next slot can be asked for', () => {
    const book = new TurnBook();
    const nowMs = performance.now();
    const first = book.begin('7', 'c');
    expect(first.granted(nowMs + 400, nowMs + 600)).toBe(true);
    expect(first.granted(nowMs + 400, nowMs + 1430)).toBe(false);
    expect(first.granted(nowMs, null)).toBe(false);
    const second = book.begin('7', 'c');
    expect(first.granted(nowMs + 400, nowMs + 600)).toBe(false);
    second.asksNoMore();
    expect(first.granted(nowMs + 400, nowMs + 600)).toBe(true);
    expect([second.end(), first.end()]).toEqual([false, true]);
  });
});
