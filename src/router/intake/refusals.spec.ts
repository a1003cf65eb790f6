import { beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import type { Config } from '../../config/config.js';
import { Refusals } from './refusals.js';

class SetClock extends Clock {
  atMs = 1_000_000;

  override nowMs(): number {
    return this.atMs;
  }
}

describe('Refusals', () => {
  let clock: SetClock;
  let refusals: Refusals;

  beforeEach(() => {
    clock = new SetClock();
    refusals = new Refusals(clock, { webhookRefusalsPerMinute: 3 } as Config);
  });

  function refuse(address: string, times: number): void {
    for (let nth = 0; nth < times; nth += 1) refusals.note(address);
  }

  it('turns an address away after so many, and nobody else, until the minute is over', () => {
    refuse('203.0.113.7', 2);
    expect(refusals.waitSeconds('203.0.113.7')).toBe(0);
    refuse('203.0.113.7', 1);
    clock.atMs += 15_000;
    expect(refusals.waitSeconds('203.0.113.7')).toBe(45);
    expect(refusals.waitSeconds('203.0.113.8')).toBe(0);
    clock.atMs += 45_000;
    expect(refusals.waitSeconds('203.0.113.7')).toBe(0);
    refuse('203.0.113.7', 1);
    expect(refusals.waitSeconds('203.0.113.7')).toBe(0);
  });

  it('goes on listening to one that proved a webhook lately, however much of it is refused', () => {
    refusals.noteProof('203.0.113.7');
    refuse('203.0.113.7', 100);
    expect(refusals.waitSeconds('203.0.113.7')).toBe(0);
    clock.atMs += 600_000;
    refuse('203.0.113.7', 3);
    expect(refusals.waitSeconds('203.0.113.7')).toBe(60);
  });

  it('takes a network of IPv6 for one address', () => {
    refuse('2600:db8:1:2::1', 2);
    refuse('2600:db8:1:2:ffff::9', 1);
    expect(refusals.waitSeconds('2600:db8:1:2:3:4:5:6')).toBe(60);
    expect(refusals.waitSeconds('2600:db8:1:3::1')).toBe(0);
  });

  it('goes on listening to an address of a private network, which may be a proxy', () => {
    for (const address of ['127.0.0.1', '::1', '10.1.2.3', '::ffff:192.168.0.1', 'fd00::1']) {
      refuse(address, 100);
      expect(refusals.waitSeconds(address)).toBe(0);
    }
  });

  it('counts what is no address at all by its first characters', () => {
    refuse(`unknown${'x'.repeat(10_000)}`, 3);
    expect(refusals.waitSeconds(`unknown${'x'.repeat(9000)}`)).toBe(60);
  });

  it('remembers ten thousand addresses and forgets the first of more', () => {
    refuse('203.0.113.1', 3);
    for (let nth = 0; nth < 10_000; nth += 1) refusals.note(`20.0.${nth >> 8}.${nth & 255}`);
    expect(refusals.waitSeconds('203.0.113.1')).toBe(0);
    refuse('20.0.39.15', 2);
    expect(refusals.waitSeconds('20.0.39.15')).toBe(60);
  });
});
