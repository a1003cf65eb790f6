import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import type { StreamAppended, StreamKey, StreamRow } from '../ledger/stream.js';
import type { StreamWriter } from '../ledger/stream-writer.js';
import type { StreamBells } from '../queue/stream-bells.js';
import { PostBox } from './post-box.js';

const POLICY = { maxTries: 4, retryBaseMs: 5000, retryMaxMs: 5000, isSteady: true };
const STREAM: StreamKey = { workspaceId: 'w', channelId: 'c', category: 'utility', policy: POLICY };
const ROW: StreamRow = { recipient: '+525512345678', content: { type: 'text', text: 'hola' } };

/** Numbers rows as the ledger does, when it is told to. */
class FakeLedger {
  readonly commits: { stream: StreamKey; rows: number }[] = [];
  readonly rung: string[] = [];
  answer: () => Promise<Partial<StreamAppended>> = () => Promise.resolve({});
  private total = 0;

  postBox(): PostBox {
    const writer = {
      write: async (stream: StreamKey, rows: readonly StreamRow[]): Promise<StreamAppended> => {
        this.commits.push({ stream, rows: rows.length });
        const answer = await this.answer();
        const firstSeq = this.total + 1;
        this.total += rows.length;
        return { dispatchId: '7', firstSeq, skipped: 0, ...answer };
      },
    };
    const bells = {
      ring: (dispatchId: string, channelId: string): void => {
        this.rung.push(`${dispatchId}/${channelId}`);
      },
    };
    return new PostBox(
      writer as unknown as StreamWriter,
      bells as unknown as StreamBells,
      loadConfig({ BATCH_SIZE: '50' }),
    );
  }
}

describe('the post box', () => {
  it('stores what comes together in one commit and gives each its own number', async () => {
    const ledger = new FakeLedger();
    const box = ledger.postBox();
    const places = await Promise.all([1, 2, 3].map(() => box.post(STREAM, ROW)));
    expect(places).toEqual([1, 2, 3].map((seq) => ({ dispatchId: '7', seq })));
    expect(ledger.commits).toHaveLength(1);
    expect(ledger.rung).toEqual(['7/c']);
  });

  it('gathers behind a commit that is under way, and no more than a batch at a time', async () => {
    const ledger = new FakeLedger();
    let finish = (): void => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    ledger.answer = async () => {
      await slow;
      return {};
    };
    const box = ledger.postBox();
    const first = Array.from({ length: 50 }, () => box.post(STREAM, ROW));
    const later = Array.from({ length: 120 }, () => box.post(STREAM, ROW));
    expect(ledger.commits.map((commit) => commit.rows)).toEqual([50]);
    finish();
    const places = await Promise.all([...first, ...later]);
    expect(places.map((place) => place.seq)).toEqual(Array.from({ length: 170 }, (_, n) => n + 1));
    expect(ledger.commits.map((commit) => commit.rows)).toEqual([50, 50, 50, 20]);
  });

  it('does not let one stream wait for another', async () => {
    const ledger = new FakeLedger();
    ledger.answer = () => new Promise(() => undefined);
    const box = ledger.postBox();
    for (let n = 0; n < 50; n += 1) void box.post(STREAM, ROW);
    ledger.answer = () => Promise.resolve({});
    await box.post({ ...STREAM, category: 'authentication' }, ROW);
    expect(ledger.commits.map((commit) => commit.stream.category)).toEqual(['utility', 'authentication']);
  });

  it('rings no bell where nothing is left to send', async () => {
    const ledger = new FakeLedger();
    ledger.answer = () => Promise.resolve({ skipped: 1 });
    await ledger.postBox().post(STREAM, ROW);
    expect(ledger.rung).toEqual([]);
  });

  it('says whether a message that could not be stored may be sent again', async () => {
    const ledger = new FakeLedger();
    const box = ledger.postBox();
    ledger.answer = () =>
      Promise.reject(Object.assign(new Error('no'), { severity: 'ERROR', code: '53100' }));
    await expect(box.post(STREAM, ROW)).rejects.toMatchObject({ code: 'messages_unavailable' });
    ledger.answer = () => Promise.reject(new Error('Connection terminated unexpectedly'));
    await expect(box.post(STREAM, ROW)).rejects.toMatchObject({
      code: 'message_outcome_unknown',
      details: { mayHaveTakenEffect: true },
    });
    ledger.answer = () => Promise.resolve({});
    await expect(box.post(STREAM, ROW)).resolves.toMatchObject({ dispatchId: '7' });
  });

  it('refuses what is more than it can hold', async () => {
    const ledger = new FakeLedger();
    ledger.answer = () => new Promise(() => undefined);
    const box = ledger.postBox();
    for (let n = 0; n < 5000; n += 1) void box.post(STREAM, ROW);
    await expect(box.post(STREAM, ROW)).rejects.toMatchObject({ code: 'messages_unavailable' });
  });
});
