import { describe, expect, it } from 'vitest';
import { CallSlots } from './call-slots.js';

describe('call slots', () => {
  it('start with one message past the barrier and follow the calls of the last 100 ms', () => {
    const slots = new CallSlots(1000);
    expect(slots.allowance(0)).toBe(1);
    for (let i = 0; i < 30; i += 1) slots.began(50);
    expect(slots.allowance(60)).toBe(30);
    expect(slots.allowance(149)).toBe(30);
    expect(slots.allowance(151)).toBe(1);
  });

  it('never allow more than is free', () => {
    const slots = new CallSlots(8);
    for (let i = 0; i < 30; i += 1) slots.began(1);
    slots.take(6);
    expect(slots.allowance(2)).toBe(2);
    slots.giveBack(2);
    expect(slots.allowance(2)).toBe(4);
  });

  it('let those wait that find none free, and wake them when one is given back', async () => {
    const slots = new CallSlots(1);
    slots.take(1);
    let woke = 0;
    const waiting = [1, 2].map(() => slots.free().then(() => (woke += 1)));
    expect(woke).toBe(0);
    slots.giveBack();
    await Promise.all(waiting);
    expect(woke).toBe(2);
  });
});
