import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '../common/clock.js';
import { WrongKeys } from './wrong-keys.js';

class SetClock extends Clock {
  atMs = 1_000_000;

  override nowMs(): number {
    return this.atMs;
  }
}

const isNew = (): boolean => true;

describe('WrongKeys', () => {
  let clock: SetClock;
  let wrong: WrongKeys;

  beforeEach(() => {
    Logger.overrideLogger(false);
    clock = new SetClock();
    wrong = new WrongKeys(clock);
  });

  it('turns an address away after sixty, and nobody else, until the minute is over', () => {
    for (let nth = 0; nth < 59; nth += 1) wrong.note('127.0.0.1');
    expect(() => wrong.insistOnFew('127.0.0.1', isNew)).not.toThrow();
    wrong.note('127.0.0.1');
    clock.atMs += 15_000;
    expect(() => wrong.insistOnFew('127.0.0.1', isNew)).toThrow('looked at again in 45 s');
    expect(() => wrong.insistOnFew('203.0.113.7', isNew)).not.toThrow();
    expect(() => wrong.insistOnFew('127.0.0.1', () => false)).not.toThrow();
    clock.atMs += 45_000;
    expect(() => wrong.insistOnFew('127.0.0.1', isNew)).not.toThrow();
  });
});
