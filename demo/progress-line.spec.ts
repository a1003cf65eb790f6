import { describe, expect, it } from 'vitest';
import { duration, withBar, withPercentage } from './progress-line.js';

const HALF = { label: 'Sending', done: 5000, total: 10_000, rate: 1250, figures: { read: 1200, failed: 41 } };

describe('a line of progress', () => {
  it('shows bar, count, rate, time left and figures in a terminal', () => {
    expect(withBar(HALF)).toEqual([
      'Sending  ████████████░░░░░░░░░░░░  5,000 / 10,000  1,250/s  4 s left',
      '         read 1,200  failed 41',
    ]);
  });

  it('shows a percentage in a log', () => {
    expect(withPercentage(HALF)).toBe(
      'Sending 50 %  5,000 / 10,000  1,250/s  4 s left  read 1,200  failed 41',
    );
  });

  it('promises no time while nothing moves, and says why', () => {
    expect(withPercentage({ ...HALF, rate: 0, figures: {}, reason: 'the breaker is open' })).toBe(
      'Sending 50 %  5,000 / 10,000  0/s  (the breaker is open)',
    );
  });

  it('is full when there is nothing to do', () => {
    expect(withBar({ label: 'Import', done: 0, total: 0 })).toEqual([`Import  ${'█'.repeat(24)}  0 / 0`]);
  });
});

describe('a duration', () => {
  it.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [125, '2 min 05 s'],
    [12_000, '3 h 20 min'],
  ])('of %d seconds reads %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
