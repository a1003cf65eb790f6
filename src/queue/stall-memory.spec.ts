import { describe, expect, it } from 'vitest';
import { StallMemory, type Ready } from './stall-memory.js';

const work = (settled: number, dispatchId = '1'): Ready => ({ dispatchId, channelId: 'c', settled });

describe('StallMemory', () => {
  it('names what is ready at every look and has not moved for as long as patience lasts', () => {
    const memory = new StallMemory(30_000);
    expect(memory.add([work(5)], 0)).toEqual([]);
    expect(memory.add([work(5)], 20_000)).toEqual([]);
    expect(memory.add([work(5)], 30_000)).toEqual([{ work: work(5), sinceMs: 0 }]);
    expect(memory.add([work(5)], 40_000)).toEqual([{ work: work(5), sinceMs: 0 }]);
  });

  it('begins anew with each message that comes to an end', () => {
    const memory = new StallMemory(30_000);
    for (let look = 0; look < 10; look += 1) expect(memory.add([work(look)], look * 20_000)).toEqual([]);
  });

  it('begins anew when it was not ready in between: it waited for something', () => {
    const memory = new StallMemory(30_000);
    memory.add([work(5)], 0);
    memory.add([], 10_000);
    expect(memory.add([work(5)], 35_000)).toEqual([]);
    expect(memory.add([work(5)], 65_000)).toEqual([{ work: work(5), sinceMs: 35_000 }]);
  });

  it('keeps dispatches apart', () => {
    const memory = new StallMemory(30_000);
    memory.add([work(5, '1'), work(5, '2')], 0);
    expect(memory.add([work(5, '1'), work(6, '2')], 30_000)).toEqual([{ work: work(5, '1'), sinceMs: 0 }]);
  });
});
