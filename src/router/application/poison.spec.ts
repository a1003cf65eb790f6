import { describe, expect, it } from 'vitest';
import type { Queryable } from '../../database/sql.js';
import { applyAroundPoison, isFaultOfData } from './poison.js';

const tx = { query: async () => [] } as unknown as Queryable;

describe('applyAroundPoison', () => {
  it('sets apart what our own code stumbles over, and applies its neighbours', async () => {
    const apply = async (_tx: Queryable, parts: readonly number[]): Promise<number> => {
      if (parts.includes(7)) throw new RangeError('Maximum call stack size exceeded');
      return parts.length;
    };
    const numbers = Array.from({ length: 20 }, (_, at) => at);
    const { results, poison } = await applyAroundPoison(tx, apply, numbers);
    expect(poison).toEqual([{ part: 7, reason: 'Maximum call stack size exceeded' }]);
    expect(results.reduce((sum, count) => sum + count, 0)).toBe(19);
  });

  it('sets nothing apart for a lost connection', async () => {
    const lost = new Error('Connection terminated unexpectedly');
    await expect(applyAroundPoison(tx, () => Promise.reject(lost), [1, 2])).rejects.toBe(lost);
    for (const code of ['08006', '53100', '57P01', 'ECONNRESET']) {
      expect(isFaultOfData(Object.assign(new Error('gone'), { code }))).toBe(false);
    }
    expect(isFaultOfData(Object.assign(new Error('deep'), { code: '54001' }))).toBe(true);
  });
});
