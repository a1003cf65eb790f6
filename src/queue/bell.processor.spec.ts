import type { Job, Queue } from 'bull';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import { BellProcessor } from './bell.processor.js';
import type { BellRinger } from './bell-ringer.js';
import type { BellJob } from './bull-queues.js';
import type { PauseFlags } from './pause-flags.js';
import { TurnBook } from './turn-book.js';
import type { Turn, TurnEnd } from './turn.js';

/** A processor whose turns end when, and how, the spec says; `answer` is what Bull calls. */
function processorWithOneTurn() {
  const turns: ((end: TurnEnd) => void)[] = [];
  const rung: string[] = [];
  let answer: (job: Job<BellJob>) => Promise<void> = () => Promise.resolve();
  const queue = {
    on: () => undefined,
    process: (_concurrency: number, handler: typeof answer) => {
      answer = handler;
      return Promise.resolve();
    },
  };
  const book = new TurnBook();
  const turn = { run: () => new Promise<TurnEnd>((resolve) => turns.push(resolve)) };
  const ringer = {
    ring: (dispatchId: string, channelId: string) => {
      rung.push(`${dispatchId}/${channelId}`);
      return Promise.resolve();
    },
  };
  new BellProcessor(
    queue as unknown as Queue<BellJob>,
    queue as unknown as Queue<BellJob>,
    turn as unknown as Turn,
    ringer as unknown as BellRinger,
    book,
    {} as PauseFlags,
    loadConfig({ MAX_CONCURRENT_BATCHES: '1' }),
  ).onApplicationBootstrap();
  const bell = (dispatchId: string) =>
    answer({ id: 1, data: { v: 1, dispatchId, channelId: 'c' } } as unknown as Job<BellJob>);
  return { bell, book, rung, turns };
}

describe('bells that come while all turns of their pair are taken', () => {
  it('have one echo together when a turn ends that may not have seen what they rang for', async () => {
    const { bell, rung, turns } = processorWithOneTurn();
    const first = bell('7');
    await Promise.all([bell('7'), bell('7')]);
    turns[0]!({ ring: 'no' });
    await first;
    expect(rung).toEqual(['7/c']);
    const echo = bell('7');
    turns[1]!({ ring: 'no' });
    await echo;
    expect(rung).toEqual(['7/c']);
  });

  it('have none of their own while the turn rings again anyway', async () => {
    const { bell, rung, turns } = processorWithOneTurn();
    const first = bell('7');
    await bell('7');
    turns[0]!({ ring: 'now' });
    await first;
    expect(rung).toEqual(['7/c']);
  });

  it('are not answered while a turn of their pair waits for the next slot, or the pair rests', async () => {
    const { bell, book, rung, turns } = processorWithOneTurn();
    const place = book.begin('7', 'c');
    expect(place.refused(300, 350)).toEqual({ kind: 'wait' });
    await bell('7');
    place.refused(5000, 350);
    await bell('7');
    expect([turns.length, rung.length]).toEqual([0, 0]);
  });

  it('leave other pairs alone', async () => {
    const { bell, rung, turns } = processorWithOneTurn();
    const first = bell('7');
    await bell('7');
    const other = bell('8');
    turns[1]!({ ring: 'no' });
    await other;
    expect(rung).toEqual([]);
    turns[0]!({ ring: 'no' });
    await first;
  });
});
