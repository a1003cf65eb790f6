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

  it('open calls up to the bound without waiting', () => {
    const slots = new CallSlots(2);
    expect([slots.take(), slots.take()]).toEqual([null, null]);
    expect(slots.openCalls).toBe(2);
    slots.giveBack();
    expect(slots.take()).toBeNull();
  });

  it('hand a place that is given back to whoever waits longest', async () => {
    const slots = new CallSlots(1);
    expect(slots.take()).toBeNull();
    const order: number[] = [];
    const waiting = [1, 2].map((who) => slots.take()?.then(() => order.push(who)));
    slots.giveBack();
    await waiting[0];
    expect(order).toEqual([1]);
    slots.giveBack();
    await waiting[1];
    expect(order).toEqual([1, 2]);
    expect(slots.openCalls).toBe(1);
  });
});
