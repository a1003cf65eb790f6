import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LineLogger } from '../common/line-logger.js';
import { Shutdown } from './shutdown.js';

describe('Shutdown', () => {
  let exits: number[];
  let lines: string[];
  let stopped: string[];
  let shutdown: Shutdown;

  beforeEach(() => {
    vi.useFakeTimers();
    exits = [];
    lines = [];
    stopped = [];
    shutdown = new Shutdown(
      new LineLogger({ level: 'debug', format: 'json', write: (line) => void lines.push(line) }),
      ((code: number) => void exits.push(code)) as (code: number) => never,
      30_000,
    );
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('stops what was started last first, and exits 0', async () => {
    shutdown.add('databases', async () => void stopped.push('databases'));
    shutdown.add('app', async () => void stopped.push('app'));
    await shutdown.end(0);
    expect(stopped).toEqual(['app', 'databases']);
    expect(exits).toEqual([0]);
  });

  it('goes on when a part does not stop in order, says which, and exits 1', async () => {
    shutdown.add('databases', async () => void stopped.push('databases'));
    shutdown.add('the app', () => Promise.reject(new Error('stuck')));
    await shutdown.end(0);
    expect(stopped).toEqual(['databases']);
    expect(exits).toEqual([1]);
    expect(lines.join('')).toContain('the app did not stop in order: stuck');
  });

  it('exits 1 after 30 seconds, whatever is left, and says so', async () => {
    shutdown.add('the app', () => new Promise(() => undefined));
    void shutdown.end(0);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(exits).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(exits).toEqual([1]);
    expect(lines.join('')).toContain('still not stopped after 30 s');
  });

  it('ends once, however often it is told', async () => {
    shutdown.add('app', async () => void stopped.push('app'));
    await Promise.all([shutdown.end(0), shutdown.end(1)]);
    expect(stopped).toEqual(['app']);
    expect(exits).toEqual([0]);
    expect(shutdown.isEnding).toBe(true);
  });
});
