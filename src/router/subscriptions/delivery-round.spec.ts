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

function roundOn(calls: FakeEndpoint, health: LineHealth = HEALTHY, mayGoOn = () => true): DeliveryRound {
  const patience = { baseMs: 1000, giveUpMs: 10_000 };
  const bodies = { of: () => '{}' };
  const url = new URL('https://example.com');
  return new DeliveryRound(
    { url, secrets: ['s'], patience, calls, bodies, clock: new Clock(), mayGoOn },
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
});
