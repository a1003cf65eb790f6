import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Outbox } from '../../../src/events/outbox.js';
import { DeliveryLineRepository } from '../../../src/router/subscriptions/delivery-line.repository.js';
import { DeliveryVisit } from '../../../src/router/subscriptions/delivery-visit.js';
import { DeliveryWorker } from '../../../src/router/subscriptions/delivery-worker.js';
import { insertChannel, insertDispatch } from '../../support/webhooks.js';
import { Subscriber } from '../../support/subscriber.js';
import { SubscriptionsFixture } from './subscriptions-app.js';

const WAIT = { timeout: 20_000, interval: 20 };
const ANA = '+525511111111';
const EVA = '+525522222222';

describe('webhooks out', () => {
  let f: SubscriptionsFixture;
  let subscriber: Subscriber;

  beforeAll(async () => {
    f = await SubscriptionsFixture.start();
  });

  beforeEach(async () => {
    await f.sql.query(`UPDATE subscriptions SET state = 'deleted'`);
    await f.sql.query('TRUNCATE deliveries, outbox');
    subscriber = await Subscriber.start();
  });

  afterEach(() => subscriber.close());
  afterAll(() => f.stop());

  /** As another process would have it. */
  const otherWorker = (): DeliveryWorker =>
    new DeliveryWorker(f.app.get(DeliveryLineRepository), f.app.get(DeliveryVisit));

  const outboxIds = async (): Promise<string[]> =>
    (await f.sql.query<{ id: string }>('SELECT id FROM outbox ORDER BY id')).map(({ id }) => `evt_${id}`);

  it('bring a real subscriber each event, signed, in order per contact, through its own outage, from two workers', async () => {
    const second = otherWorker();
    second.onApplicationBootstrap();
    const id = await f.subscribe(subscriber, ['message.sent', 'message.delivered', 'message.read']);
    const channel = await insertChannel(f.sql, f.workspaceId);
    const dispatchId = await insertDispatch(f.sql, channel, 120);
    const halves = [1, 61].map((first) => Array.from({ length: 60 }, (_, n) => first + n));
    const report = (status: 'sent' | 'delivered' | 'read') =>
      Promise.all(halves.map((seqs) => f.apply(dispatchId, channel.channelId, seqs, status)));

    await report('sent');
    await expect.poll(() => subscriber.received.length, WAIT).toBeGreaterThan(0);
    await subscriber.close();
    await report('delivered');
    await expect
      .poll(
        async () =>
          (await f.deliveries(id, '?state=pending&limit=500')).some((one) => one.lastError !== null),
        WAIT,
      )
      .toBe(true);
    await report('read');
    await subscriber.open();

    const told = await outboxIds();
    expect(told).toHaveLength(360);
    await expect.poll(() => new Set(subscriber.idsOf()).size, WAIT).toBe(360);
    expect(new Set(subscriber.idsOf())).toEqual(new Set(told));
    expect(subscriber.refused).toEqual([]);
    const firstSeen = new Map<string, string[]>();
    const seen = new Set<string>();
    for (const { id: event, type, data } of subscriber.received) {
      if (seen.has(event)) continue;
      seen.add(event);
      const phone = data['phone'] as string;
      firstSeen.set(phone, [...(firstSeen.get(phone) ?? []), type]);
    }
    expect(firstSeen.size).toBe(120);
    for (const types of firstSeen.values()) {
      expect(types).toEqual(['message.sent', 'message.delivered', 'message.read']);
    }
    await expect.poll(async () => f.deliveries(id, '?state=pending'), WAIT).toEqual([]);
    await second.beforeApplicationShutdown();
  });

  it('tell of every step of a message that came at once, in their order, with its number in the dispatch', async () => {
    await f.subscribe(subscriber, ['message.accepted', 'message.sent', 'message.delivered', 'message.read']);
    const channel = await insertChannel(f.sql, f.workspaceId);
    const dispatchId = await insertDispatch(f.sql, channel, 1, 'inflight');
    await f.apply(dispatchId, channel.channelId, [1], 'delivered');
    await f.apply(dispatchId, channel.channelId, [1], 'read');
    await f.apply(dispatchId, channel.channelId, [1], 'read');
    await expect.poll(() => subscriber.received.length, WAIT).toBe(3);
    expect(subscriber.received.map(({ type, data }) => [type, data['phone'], data['channelId']])).toEqual(
      ['message.accepted', 'message.delivered', 'message.read'].map((type) => [
        type,
        '+525510000001',
        channel.channelId,
      ]),
    );
    expect(subscriber.received[0]!.data).toMatchObject({
      taskId: expect.any(String),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
  });

  it('cost messages nothing where nobody asks for them', async () => {
    await f.subscribe(subscriber, ['contact.opted_out']);
    const channel = await insertChannel(f.sql, f.workspaceId);
    const dispatchId = await insertDispatch(f.sql, channel, 10);
    await f.apply(dispatchId, channel.channelId, [1, 2, 3], 'sent');
    await f.app.get(Outbox).addAll(
      f.sql,
      ['message.received', 'contact.opted_out'].map((type) => ({
        workspaceId: f.workspaceId,
        type,
        payload: { text: 'STOP' },
        recipient: ANA,
      })),
    );
    await expect.poll(() => subscriber.idsOf('contact.opted_out').length, WAIT).toBe(1);
    expect(await outboxIds()).toEqual(subscriber.idsOf());
  });

  it('bring an event whose transaction committed behind one with a higher number', async () => {
    await f.subscribe(subscriber, ['contact.opted_out']);
    const outbox = f.app.get(Outbox);
    const event = { workspaceId: f.workspaceId, type: 'contact.opted_out', payload: {} };
    await f.sql.transaction(async (tx) => {
      await outbox.add(tx, { ...event, recipient: ANA });
      await f.tell('contact.opted_out', EVA);
      await expect.poll(() => subscriber.received.length, WAIT).toBe(1);
    });
    await expect.poll(() => subscriber.received.length, WAIT).toBe(2);
    expect(subscriber.idsOf()).toEqual((await outboxIds()).toReversed());
  });

  it('keep later events of a contact back while one is refused, and those of nobody else', async () => {
    const id = await f.subscribe(subscriber, ['contact.opted_out', 'contact.opted_in']);
    const isBad = ({ data, type }: { data: Record<string, unknown>; type: string }): boolean =>
      data['bad'] === true && type === 'contact.opted_out';
    subscriber.answer = (event) =>
      isBad(event)
        ? { status: 302, headers: { location: '/other' }, body: 'ñ'.repeat(600) }
        : { status: 200 };
    await f.tell('contact.opted_out', ANA, { bad: true });
    await f.tell('contact.opted_in', ANA);
    for (let n = 0; n < 3; n += 1) await f.tell('contact.opted_in', EVA, { n });
    await expect.poll(() => subscriber.received.length, WAIT).toBe(3);
    await expect.poll(async () => (await f.deliveries(id)).at(-1)!.attempts, WAIT).toBeGreaterThan(2);
    const [refused] = await f.deliveries(id, '?state=pending&limit=1').then((all) => all.toReversed());
    expect(refused).toBeDefined();
    expect((await f.deliveries(id)).at(-1)).toMatchObject({
      state: 'pending',
      type: 'contact.opted_out',
      lastStatus: 302,
      lastAnswer: 'ñ'.repeat(500),
    });
    expect(subscriber.received.every(({ data }) => 'n' in data)).toBe(true);

    await f.agePending(id, 24);
    await expect.poll(() => subscriber.received.length, WAIT).toBe(4);
    const [dead] = await f.deliveries(id, '?state=dead');
    expect(dead).toMatchObject({ type: 'contact.opted_out', state: 'dead' });

    subscriber.answer = () => ({ status: 200 });
    const retried = await f.call('POST', `/api/subscriptions/${id}/deliveries/${dead!.id}/retry`);
    expect(retried).toMatchObject({ status: 202, body: { id: dead!.id, state: 'pending', attempts: 0 } });
    await expect.poll(() => subscriber.idsOf().at(-1), WAIT).toBe(dead!.id);
    await expect.poll(() => f.deliveries(id, '?state=dead'), WAIT).toEqual([]);
  });

  it('go to no address that nobody listed, whatever its name said when it was saved', async () => {
    const id = await f.subscribe(subscriber, ['contact.opted_in']);
    await f.sql.query('UPDATE subscriptions SET url = $2 WHERE id = $1', [
      id,
      subscriber.url.replace('127.0.0.1', 'localhost'),
    ]);
    await f.tell('contact.opted_in', ANA);
    await expect
      .poll(async () => (await f.deliveries(id))[0], WAIT)
      .toMatchObject({ state: 'pending', lastError: 'address_refused' });
    expect([subscriber.received, subscriber.refused]).toEqual([[], []]);
  });

  it('are signed by both secrets while one is exchanged for the other', async () => {
    const id = await f.subscribe(subscriber, ['contact.opted_in']);
    const old = subscriber.secret;
    const { body } = await f.call('POST', `/api/subscriptions/${id}/secret`);
    await f.tell('contact.opted_in', ANA);
    await expect.poll(() => subscriber.received.length, WAIT).toBe(1);
    const { body: text, headers } = subscriber.received[0]!;
    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    for (const secret of [old, body['secret'] as string]) {
      expect(() => new Webhook(secret).verify(text, headers as Record<string, string>)).not.toThrow();
    }
    subscriber.secret = body['secret'] as string;
    const next = await f.call('POST', `/api/subscriptions/${id}/secret`, { keepOldForSeconds: 0 });
    await f.tell('contact.opted_in', EVA);
    await expect.poll(() => subscriber.refused.length, WAIT).toBeGreaterThan(0);
    subscriber.secret = next.body['secret'] as string;
    await expect.poll(() => subscriber.received.length, WAIT).toBe(2);
  });

  it('end when nothing was taken for a day, say why, and go on with what waits when a person says so', async () => {
    const id = await f.subscribe(subscriber, ['contact.opted_in']);
    subscriber.answer = () => ({ status: 503, body: 'away' });
    await f.tell('contact.opted_in', ANA, { n: 1 });
    await f.tell('contact.opted_in', EVA, { n: 2 });
    const shown = async () => (await f.call('GET', `/api/subscriptions/${id}`)).body;
    await expect.poll(async () => (await shown())['failingSince'], WAIT).not.toBeNull();
    await expect
      .poll(async () => {
        await f.sql.query(
          `UPDATE delivery_lines SET failing_since = now() - interval '25 hours', rests_until = now()`,
        );
        return (await shown())['state'];
      }, WAIT)
      .toBe('disabled');
    expect((await shown())['stateReason']).toContain('Nothing that was sent to it has been taken since');
    await f.tell('contact.opted_in', ANA, { n: 3 });
    expect(
      await f.call('POST', `/api/subscriptions/${id}/replay`, { from: '2020-01-01', to: '2090-01-01' }),
    ).toMatchObject({ status: 409, body: { code: 'subscription_disabled' } });
    subscriber.answer = () => ({ status: 200 });
    await f.call('PATCH', `/api/subscriptions/${id}`, { state: 'active' });
    await expect
      .poll(() => subscriber.received.map(({ data }) => data['n']).toSorted(), WAIT)
      .toEqual([1, 2]);

    subscriber.answer = () => ({ status: 410 });
    await f.tell('contact.opted_in', ANA, { n: 4 });
    await expect.poll(async () => (await shown())['stateReason'], WAIT).toContain('410');
  });

  it('are brought again by range, also those from before the subscription, under their old names', async () => {
    const from = new Date(Date.now() - 60_000).toISOString();
    for (const [n, recipient] of [ANA, EVA, ANA].entries())
      await f.tell('contact.opted_out', recipient, { n });
    await f.tell('contact.opted_in', ANA);
    const id = await f.subscribe(subscriber, ['contact.opted_out']);
    const range = { from, to: new Date(Date.now() + 60_000).toISOString() };
    const replay = () => f.call('POST', `/api/subscriptions/${id}/replay`, range);
    expect(await replay()).toEqual({ status: 202, body: { replayed: 3, nextFrom: null } });
    await expect.poll(() => subscriber.received.length, WAIT).toBe(3);
    const first = subscriber.idsOf();
    await expect.poll(() => f.deliveries(id, '?state=pending'), WAIT).toEqual([]);
    expect(await replay()).toMatchObject({ body: { replayed: 3 } });
    await expect.poll(() => subscriber.received.length, WAIT).toBe(6);
    expect(subscriber.idsOf().slice(3).toSorted()).toEqual(first.toSorted());
    const wrong = await f.call('POST', `/api/subscriptions/${id}/replay`, { from: range.to, to: from });
    expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: '/from' }] } });
  });

  it('wait while the subscription is paused, and leave its endpoint to one worker at a time', async () => {
    const id = await f.subscribe(subscriber, ['contact.opted_in']);
    await f.call('PATCH', `/api/subscriptions/${id}`, { state: 'paused' });
    await f.tell('contact.opted_in', ANA);
    const lines = new DeliveryLineRepository(f.sql);
    const lease = () => lines.lease('7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55', 10, 60_000);
    expect(await lease()).toEqual([]);
    // Taken before the worker of this process can: nothing is sent until it is given back.
    await f.sql.query(
      `UPDATE delivery_lines SET lease_until = now() + interval '1 minute' WHERE subscription_id = $1`,
      [id],
    );
    await f.call('PATCH', `/api/subscriptions/${id}`, { state: 'active' });
    expect(await lease()).toEqual([]);
    expect(subscriber.received).toEqual([]);
    await f.sql.query(`UPDATE delivery_lines SET lease_until = '-infinity' WHERE subscription_id = $1`, [id]);
    await expect.poll(() => subscriber.received.length, WAIT).toBe(1);
  });

  it('keep their endpoint for as long as its worker says so, and go on from another once that is silent', async () => {
    const lines = new DeliveryLineRepository(f.sql);
    const [silent, other] = ['7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55', '0b0f4f6e-5a51-4a3e-8d4b-2f1c6f1f9a10'];
    const id = await f.subscribe(subscriber, ['contact.opted_in']);
    await f.sql.query(
      `UPDATE delivery_lines SET leased_by = $2, lease_until = now() + interval '1 s' WHERE subscription_id = $1`,
      [id, silent],
    );
    const held = { id: silent, subscriptionId: id };
    expect(await lines.renew([held, { id: other, subscriptionId: id }], 60_000)).toEqual(new Set([id]));
    await f.tell('contact.opted_in', ANA);
    expect(await lines.lease(other, 10, 60_000)).toEqual([]);
    // Its last word runs out: the worker of this process has the endpoint from then on, and no word of the silent one counts.
    await f.sql.query(`UPDATE delivery_lines SET lease_until = now() WHERE subscription_id = $1`, [id]);
    await expect.poll(() => subscriber.received.length, WAIT).toBe(1);
    expect(await lines.renew([held], 60_000)).toEqual(new Set());
  });
});
