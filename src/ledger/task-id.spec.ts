import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Keyring } from '../common/keyring.js';
import { TaskIds } from './task-id.js';

const MASTER_KEY = 'a master key of the tests, 32 characters';
const WORKSPACE = randomUUID();

describe('the id of a task', () => {
  const ids = new TaskIds(new Keyring(MASTER_KEY));

  it.each([
    ['the first', '1', 1],
    ['the last', String(2n ** 63n - 1n), 2 ** 31 - 1],
  ])('leads back to %s message there can be', (_which, dispatchId, seq) => {
    const id = ids.idOf(WORKSPACE, { dispatchId, seq });
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(ids.read(WORKSPACE, id)).toEqual({ dispatchId, seq });
    expect(ids.read(WORKSPACE, id.toUpperCase().replaceAll('-', ''))).toEqual({ dispatchId, seq });
  });

  it('is the same in every process with the same master key', () => {
    const position = { dispatchId: '77', seq: 5 };
    expect(new TaskIds(new Keyring(MASTER_KEY)).idOf(WORKSPACE, position)).toBe(
      ids.idOf(WORKSPACE, position),
    );
  });

  it('tells nothing of the numbers that it stands for', () => {
    const many = Array.from({ length: 100 }, (_, seq) => ids.idOf(WORKSPACE, { dispatchId: '1', seq }));
    expect(new Set(many.map((id) => id.slice(0, 8))).size).toBe(100);
  });

  it('is the id of nothing in another workspace, or under another master key', () => {
    const id = ids.idOf(WORKSPACE, { dispatchId: '1', seq: 1 });
    expect(ids.read(randomUUID(), id)).toBeNull();
    expect(new TaskIds(new Keyring(`${MASTER_KEY}!`)).read(WORKSPACE, id)).toBeNull();
  });

  it('is not what anybody makes up', () => {
    for (let n = 0; n < 1000; n += 1) {
      expect(ids.read(WORKSPACE, randomBytes(16).toString('hex'))).toBeNull();
    }
    for (const text of ['', '1', 'task', randomUUID(), `${randomUUID()}0`, '0'.repeat(32)]) {
      expect(ids.read(WORKSPACE, text)).toBeNull();
    }
  });
});
