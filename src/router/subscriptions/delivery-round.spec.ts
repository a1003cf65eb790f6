import { describe, expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import type { Answer, DueDelivery } from './delivery.js';
import { DeliveryRound } from './delivery-round.js';
import type { EndpointCall } from './endpoint-calls.js';
import { HEALTHY, type LineHealth } from './line-health.js';

const TAKEN: Answer = { kind: 'taken', status: 200, ms: 1, text: '' };
const FAILED: Answer = { kind: 'refused', status: 500, ms: 1, text: 'no', retryAfterMs: null };

function due(eventId: number, orderKey: string): DueDelivery {
  const at = new Date(0);
  return {
    eventId: String(eventId),
    workspaceId: 'w',
    orderKey,
    attempts: 0,
    firstAttemptAt: null,
    eventAt: at,
    type: 'contact.opted_in',
    payload: {},
  };
}

class FakeEndpoint {
  readonly seen: string[] = [];
  open = 0;
  mostOpen = 0;

  constructor(private readonly answerTo: (id: string) => Answer) {}

  async post({ id }: EndpointCall): Promise<Answer> {
    this.seen.push(id);
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    await new Promise((resolve) => setImmediate(resolve));
    this.open -= 1;
    return this.answerTo(id);
  }
}

function roundOn(
  calls: FakeEndpoint,
  health: LineHealth = HEALTHY,
  mayGoOn = () => true,
  signal = new AbortController().signal,
  more: (inHand: number) => Promise<DueDelivery[]> = () => Promise.resolve([]),
): DeliveryRound {
  const patience = { baseMs: 1000, giveUpMs: 10_000 };
  const bodies = { of: () => '{}' };
  const url = new URL('https://example.com');
  return new DeliveryRound(
    { url, secrets: ['s'], patience, calls, bodies, clock: new Clock(), mayGoOn, signal, more },
    health,
  );
}

describe('a round of deliveries', () => {
  it('sends the events of one contact one after the other, and those of many side by side', async () => {
    const endpoint = new FakeEndpoint(() => TAKEN);
    const events = Array.from({ length: 90 }, (_, n) => due(n, `key ${n % 30}`));
    const round = roundOn(endpoint);
    expect(await round.send(events)).toMatchObject({ health: HEALTHY, hasDelivered: true });
    expect(endpoint.seen).toHaveLength(90);
    for (let key = 0; key < 30; key += 1) {
      const ofKey = endpoint.seen.filter((id) => Number(id.slice(4)) % 30 === key);
      expect(ofKey).toEqual([key, key + 30, key + 60].map((n) => `evt_${n}`));
    }
    expect(endpoint.mostOpen).toBe(16);
    expect(round.results.every(({ state }) => state === 'delivered')).toBe(true);
  });

  it('sends nothing of a contact behind an event that was not taken', async () => {
    const endpoint = new FakeEndpoint((id) => (id === 'evt_2' ? FAILED : TAKEN));
    const round = roundOn(endpoint);
    await round.send([due(1, 'a'), due(2, 'a'), due(3, 'a'), due(4, 'b')]);
    expect(endpoint.seen.toSorted()).toEqual(['evt_1', 'evt_2', 'evt_4']);
    expect(round.results.find(({ eventId }) => eventId === '2')).toMatchObject({
      state: 'pending',
      status: 500,
      answer: 'no',
    });
  });

  it('stops when the endpoint fails, and leaves the rest as it was', async () => {
    const endpoint = new FakeEndpoint(() => FAILED);
    const round = roundOn(endpoint);
    const end = await round.send(Array.from({ length: 200 }, (_, n) => due(n, String(n))));
    expect(end.health.failures).toBeGreaterThanOrEqual(10);
    expect(endpoint.seen.length).toBeLessThanOrEqual(26);
    expect(round.results).toHaveLength(endpoint.seen.length);
  });

  it('stops when the endpoint asks to be left alone, or its time is over', async () => {
    const asking = new FakeEndpoint(() => ({ ...FAILED, status: 429, retryAfterMs: 30_000 }));
    const events = Array.from({ length: 40 }, (_, n) => due(n, String(n)));
    expect(await roundOn(asking).send(events)).toMatchObject({ askedRestMs: 30_000 });
    expect(asking.seen).toHaveLength(16);
    const idle = new FakeEndpoint(() => TAKEN);
    await roundOn(idle, HEALTHY, () => false).send(events);
    expect(idle.seen).toEqual([]);
  });

  it('writes down nothing of calls that were cut as the lease ended, but what was taken all the same', async () => {
    const ending = new AbortController();
    const endpoint = new FakeEndpoint((id) => {
      ending.abort();
      return id === 'evt_1' ? TAKEN : { kind: 'lost', code: 'deadline_after_sending', ms: 1 };
    });
    const round = roundOn(endpoint, HEALTHY, () => !ending.signal.aborted, ending.signal);
    const end = await round.send([due(1, 'a'), due(2, 'b'), due(3, 'b')]);
    expect(endpoint.seen).toEqual(['evt_1', 'evt_2']);
    expect(round.results).toMatchObject([{ eventId: '1', state: 'delivered' }]);
    expect(end.health).toEqual(HEALTHY);
  });

  /** Answers at once but for the events named, which are answered when the test says so. */
  class SlowEndpoint extends FakeEndpoint {
    private readonly release: (() => void)[] = [];

    constructor(private readonly slow: ReadonlySet<string>) {
      super(() => TAKEN);
    }

    override async post(call: EndpointCall): Promise<Answer> {
      const answer = await super.post(call);
      if (this.slow.has(call.id)) await new Promise<void>((resolve) => this.release.push(resolve));
      return answer;
    }

    answerAll(): void {
      for (const release of this.release.splice(0)) release();
    }
  }

  it('sends what becomes due while a call takes long, and nothing of the key that waits for it', async () => {
    const endpoint = new SlowEndpoint(new Set(['evt_1']));
    const written: string[][] = [];
    const asked: number[] = [];
    const round: DeliveryRound = roundOn(endpoint, HEALTHY, undefined, undefined, async (inHand) => {
      written.push(round.takeResults().map(({ eventId }) => eventId));
      asked.push(inHand);
      // As the books have it: what is on its way is not written down, and comes again.
      if (asked.length === 1) return [due(1, 'a'), due(2, 'a'), due(4, 'a'), due(5, 'c')];
      if (asked.length === 2) endpoint.answerAll();
      return [];
    });
    await round.send([due(1, 'a'), due(2, 'a'), due(3, 'b')]);
    expect(endpoint.seen).toEqual(['evt_1', 'evt_3', 'evt_5', 'evt_2']);
    expect(written).toEqual([['3'], ['5']]);
    expect(asked).toEqual([2, 2]);
    expect(round.takeResults().map(({ eventId }) => eventId)).toEqual(['1', '2']);
  });

  it('ends as soon as its last call does, without another look', async () => {
    let looks = 0;
    const round = roundOn(new FakeEndpoint(() => TAKEN), HEALTHY, undefined, undefined, async () => {
      looks += 1;
      return [];
    });
    await round.send([due(1, 'a'), due(2, 'b')]);
    expect(looks).toBe(0);
  });

  it('waits for its open calls when the books fail, and begins none', async () => {
    const endpoint = new SlowEndpoint(new Set(['evt_1']));
    const round = roundOn(endpoint, HEALTHY, undefined, undefined, () => {
      setImmediate(() => endpoint.answerAll());
      return Promise.reject(new Error('no Postgres'));
    });
    await expect(round.send([due(1, 'a'), due(2, 'a')])).rejects.toThrow('no Postgres');
    expect(endpoint.seen).toEqual(['evt_1']);
    expect(endpoint.open).toBe(0);
  });
});
