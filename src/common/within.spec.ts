import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { within } from './within.js';

const late = (): Error => new Error('late');

describe('within', () => {
  it('gives what the work comes to in time, also when that is a failure', async () => {
    expect(await within(1000, Promise.resolve('done'), late)).toBe('done');
    await expect(within(1000, Promise.reject(new Error('broken')), late)).rejects.toThrow('broken');
  });

  it('fails when it takes longer, and a failure after that is nobody’s', async () => {
    const work = delay(30).then(() => Promise.reject(new Error('broken')));
    await expect(within(5, work, late)).rejects.toThrow('late');
    await expect(work).rejects.toThrow('broken');
  });
});
