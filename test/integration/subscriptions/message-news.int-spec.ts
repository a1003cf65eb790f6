import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChannelBreakerRepository } from '../../../src/channels/channel-breaker.repository.js';
import { EventInterest } from '../../../src/events/event-interest.js';
import { EVENT_TYPES } from '../../../src/events/event-type.js';
import { Outbox } from '../../../src/events/outbox.js';
import { ReaperRepository } from '../../../src/ledger/reaper.repository.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import { UnknownRepository } from '../../../src/ledger/unknown.repository.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

const TROUBLE = { outcome: 'rejected', code: '131026', reason: 'This number cannot receive the message.' };
const LOST = { outcome: 'unknown', code: 'timeout', reason: 'The provider did not answer in time.' };

interface Told {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

describe('events of messages', () => {
  let database: TestDatabase;
  let f: LedgerFixture;
  let interest: EventInterest;
  let settles: SettleRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    f = LedgerFixture.connect(database.url);
    interest = new EventInterest(f.sql, loadConfig({}));
    settles = new SettleRepository(f.sql, interest);
    await f.sql.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'one')`, [f.workspaceId]);
    await f.sql.query(
      `INSERT INTO channels (id, workspace_id, name, provider, sealed_settings) VALUES ($1, $2, 'ventas', 'simulator', '')`,
      [f.channelId, f.workspaceId],
    );
  });

  beforeEach(async () => {
    await f.sql.query('TRUNCATE outbox, deliveries, subscriptions CASCADE');
  });

  afterAll(async () => {
    await f.close();
    await database.drop();
  });

  async function subscribe(events: readonly string[], state = 'active'): Promise<string> {
    const id = randomUUID();
    await f.sql.query(
      `INSERT INTO subscriptions (id, workspace_id, url, events, state, sealed_secrets) VALUES ($1, $2, '', $3, $4, '')`,
      [id, f.workspaceId, events, state],
    );
    await interest.look();
    return id;
  }

  const told = (): Promise<Told[]> => f.sql.query<Told>('SELECT type, payload FROM outbox ORDER BY id');

  it.each(['refs', 'receipts'] as const)('are written with clean outcomes, and their %s', async (keep) => {
    await subscribe(['message.accepted']);
    const dispatchId = await f.openDispatch(recipients(3));
    const { batch } = await f.begin(dispatchId, 3);
    expect(await settles.settle(batch, [settlement(2, 1), settlement(1, 1)], keep)).toBe(2);
    expect(await told()).toEqual(
      [1, 2].map((seq) => ({
        type: 'message.accepted',
        payload: {
          dispatchId,
          seq,
          channelId: f.channelId,
          phone: recipients(3)[seq - 1],
          providerId: expect.stringMatching(`^wamid\\.${seq}\\.1\\.`),
          at: expect.stringMatching(/Z$/),
        },
      })),
    );
    expect(await f.progress.of(dispatchId)).toEqual(await f.progress.recount(dispatchId));
  });

  it('are written with each other outcome that is one, for those types only that somebody asks for', async () => {
    await subscribe(['message.failed', 'message.unknown']);
    await subscribe(['message.accepted'], 'disabled');
    const dispatchId = await f.openDispatch(recipients(4));
    const { batch } = await f.begin(dispatchId, 4);
    const outcomes = [
      settlement(1, 1),
      settlement(2, 1, { state: 'failed', providerId: null, trail: TROUBLE }),
      settlement(3, 1, { state: 'unknown', providerId: null, trail: LOST }),
      settlement(4, 1, {
        state: 'pending',
        providerId: null,
        triesSpent: 1,
        againInMs: 0,
        trail: TROUBLE,
      }),
    ];
    expect(await settles.settle(batch, outcomes)).toBe(4);
    expect(await settles.settle(batch, outcomes)).toBe(0);
    expect(await told()).toMatchObject([
      { type: 'message.failed', payload: { seq: 2, code: '131026', reason: TROUBLE.reason } },
      { type: 'message.unknown', payload: { seq: 3, code: 'timeout', reason: LOST.reason } },
    ]);
    await new UnknownRepository(f.sql, interest).apply([
      {
        dispatchId,
        seq: 3,
        attempt: 1,
        channelId: f.channelId,
        state: 'failed',
        at: new Date(),
        providerId: null,
        code: 'not_taken',
        reason: 'It never was.',
      },
    ]);
    expect((await told()).at(-1)).toMatchObject({
      type: 'message.failed',
      payload: { seq: 3, code: 'not_taken' },
    });
  });

  it('are written for what a silent worker left', async () => {
    await f.reaper.reapWorker(f.workerId, () => true);
    const id = await subscribe(['message.unknown']);
    const dispatchId = await f.openDispatch(recipients(5));
    await f.begin(dispatchId, 2, 1);
    const reaper = new ReaperRepository(f.sql, interest);
    await expect.poll(() => reaper.reap(10)).toMatchObject({ unknown: 2 });
    const other = await f.openDispatch(recipients(3));
    await f.begin(other, 3);
    expect(await reaper.reapWorker(f.workerId, ({ seq }) => seq !== 2)).toMatchObject({
      unknown: 2,
      givenBack: 1,
    });
    expect(
      (await told()).map(({ payload }) => [payload['dispatchId'], payload['seq'], payload['code']]),
    ).toEqual([
      [dispatchId, 1, 'lease_expired'],
      [dispatchId, 2, 'lease_expired'],
      [other, 1, 'lease_expired'],
      [other, 3, 'lease_expired'],
    ]);
    const deliveries = await f.sql.query('SELECT 1 FROM deliveries WHERE subscription_id = $1', [id]);
    expect(deliveries).toHaveLength(4);
  });

  it('are not even thought of where nobody asks for them', async () => {
    await subscribe(EVENT_TYPES.filter((type) => !type.startsWith('message.')));
    expect([interest.inMessages(), interest.inMessages(f.workspaceId)]).toEqual([false, false]);
    const dispatchId = await f.openDispatch(recipients(2));
    const { batch } = await f.begin(dispatchId, 2);
    expect(await settles.settle(batch, [settlement(1, 1), settlement(2, 1)])).toBe(2);
    expect(await told()).toEqual([]);
    await subscribe(['message.read'], 'paused');
    expect([interest.inMessages(), interest.inMessages(f.workspaceId)]).toEqual([true, true]);
    expect(interest.inMessages(randomUUID())).toBe(false);
  });

  it('stand beside those of channels: closed when a breaker opens, opened when it closes, each once', async () => {
    const breakers = new ChannelBreakerRepository(f.sql, new Outbox());
    for (const by of ['ana', 'eva']) await breakers.open(f.workspaceId, f.channelId, by);
    for (const _ of [1, 2]) await breakers.close(f.workspaceId, f.channelId);
    await breakers.tell(f.channelId, 'open');
    await breakers.tell(randomUUID(), 'open');
    expect((await told()).map(({ type, payload }) => [type, payload['name'], payload['reason']])).toEqual([
      ['channel.closed', 'ventas', 'ana opened its breaker by hand.'],
      ['channel.opened', 'ventas', 'Its breaker was closed by hand.'],
      ['channel.closed', 'ventas', expect.stringContaining('kept failing')],
    ]);
  });
});
