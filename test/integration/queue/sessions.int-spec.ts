import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChannelCheckRepository } from '../../../src/channels/channel-check.repository.js';
import type { ChannelClients } from '../../../src/channels/channel-clients.js';
import { ChannelHolds } from '../../../src/channels/channel-holds.js';
import type { RestartAnswer } from '../../../src/channels/providers/provider-answers.js';
import type { ChannelHealth } from '../../../src/channels/providers/provider.js';
import type { SessionElement } from '../../../src/channels/providers/webhook-element.js';
import { Clock } from '../../../src/common/clock.js';
import { Config } from '../../../src/config/config.js';
import { ChannelReopening } from '../../../src/queue/channel-reopening.js';
import { ChannelSessions } from '../../../src/queue/channel-sessions.js';
import { OutcomeEffects } from '../../../src/queue/outcome-effects.js';
import { SendingReasons } from '../../../src/queue/sending-reasons.js';
import { SessionWatch } from '../../../src/queue/session-watch.js';
import { CampaignsFixture } from '../campaigns/campaigns-app.js';

/** A provider that keeps a session, as far as the watch speaks to it. */
class FakeSessions {
  health: ChannelHealth = { connection: 'connected' };
  restartAnswer: RestartAnswer = { kind: 'restarting' };
  looks = 0;
  restarts = 0;
  /** Runs while somebody looks. */
  meanwhile: () => Promise<void> = async () => undefined;

  readonly clients = {
    clientOf: async () => ({
      capabilities: { keepsSession: true },
      client: {
        health: async () => {
          this.looks += 1;
          const seen = this.health;
          await this.meanwhile();
          return seen;
        },
        restart: async () => {
          this.restarts += 1;
          return this.restartAnswer;
        },
      },
    }),
  } as unknown as ChannelClients;
}

const DOWN: ChannelHealth = { connection: 'disconnected', reason: 'The phone is offline.' };

describe('the session of a channel', () => {
  let fixture: CampaignsFixture;
  let fake: FakeSessions;
  let watch: SessionWatch;
  let channelId: string;
  let aheadMs = 0;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
    const clock = fixture.get(Clock);
    clock.nowMs = () => Date.now() + aheadMs;
  });

  beforeEach(async () => {
    aheadMs = 0;
    await fixture.sql.query('DELETE FROM outbox');
    await fixture.sql.query('DELETE FROM channels');
    channelId = await fixture.createChannel({ name: 'web' });
    fake = new FakeSessions();
    watch = watchOf(fake);
  });

  afterAll(() => fixture.stop());

  function watchOf({ clients }: FakeSessions): SessionWatch {
    return new SessionWatch(
      fixture.get(ChannelCheckRepository),
      clients,
      fixture.get(ChannelSessions),
      fixture.get(ChannelReopening),
      fixture.app.get(Config, { strict: false }),
    );
  }

  async function look(): Promise<void> {
    await fixture.sql.query('UPDATE channel_checks SET due_at = now()');
    await watch.run();
  }

  async function heard(element: Partial<SessionElement>): Promise<void> {
    const whole: SessionElement = {
      kind: 'session',
      element: 0,
      accountRef: null,
      connection: 'connected',
      needsPerson: false,
      code: 'open',
      at: null,
      ...element,
    };
    await fixture.sql.transaction((tx) => fixture.get(ChannelSessions).heard(tx, channelId, whole));
  }

  async function held(): Promise<{ code: string; reason: string } | null> {
    return (await fixture.call('GET', `/api/channels/${channelId}`)).body.held;
  }

  const events = async () =>
    (
      await fixture.sql.query<{ type: string; code: string }>(
        `SELECT type, payload->>'code' AS code FROM outbox ORDER BY id`,
      )
    ).map(({ type, code }) => `${type} ${code}`);

  it('holds the channel while it is down, says why and what is done, and lets it go on by itself', async () => {
    fake.health = DOWN;
    await look();
    expect(await held()).toMatchObject({
      code: 'session_down',
      reason: expect.stringMatching(
        /The phone is offline\. Unless it comes back, it is restarted at .* \(1 of 3\)/,
      ),
    });
    const { reason } = await fixture.get(SendingReasons).ofChannels('0', [channelId]);
    expect(reason).toMatchObject({
      code: 'session_down',
      text: expect.stringMatching(/^Channel "web" is not connected: Its session is disconnected\./),
    });
    fake.health = { connection: 'connected' };
    await look();
    expect(await held()).toBeNull();
    expect(await events()).toEqual(['channel.held session_down', 'channel.opened session_down']);
    const { body } = await fixture.call('GET', `/api/channels/${channelId}/status`);
    expect(body.session).toMatchObject({ connection: 'connected', needsPerson: false, restarts: 0 });
  });

  it('leaves a hold of another code alone, whatever it sees', async () => {
    await fixture.get(ChannelHolds).hold(channelId, '131042', 'A payment method is missing.');
    fake.health = DOWN;
    await look();
    fake.health = { connection: 'connected' };
    await look();
    expect(await held()).toMatchObject({ code: '131042', reason: 'A payment method is missing.' });
    expect(await events()).toEqual(['channel.held 131042']);
  });

  it('is restarted once by any number of workers, and never over its limit', async () => {
    fake.health = DOWN;
    const others = [watch, watchOf(fake), watchOf(fake)];
    for (let minute = 0; minute < 30; minute += 1) {
      aheadMs += 60_000;
      await fixture.sql.query('UPDATE channel_checks SET due_at = now()');
      await Promise.all(others.map((one) => one.run()));
    }
    expect(fake.restarts).toBe(3);
    expect(fake.looks).toBe(30);
    expect((await held())!.reason).toContain('restarted 3 times and did not come back');
  });

  it.each<[string, ChannelHealth, RestartAnswer, number]>([
    ['the look', { ...DOWN, needsPerson: true }, { kind: 'restarting' }, 0],
    ['the restart', DOWN, { kind: 'needs_person', code: 'banned', reason: 'It is banned.' }, 1],
  ])('is left to a person when %s says so', async (_who, health, answer, restarts) => {
    fake.health = health;
    fake.restartAnswer = answer;
    for (let minute = 0; minute < 5; minute += 1) {
      aheadMs += 60_000;
      await look();
    }
    expect(fake.restarts).toBe(restarts);
    expect((await held())!.reason).toContain('a person must act');
  });

  it('is noted by webhooks at once, in the transaction that applies them', async () => {
    await heard({ connection: 'disconnected', needsPerson: true, code: '401', reason: 'Logged out.' });
    expect((await held())!.reason).toContain('Logged out.');
    await heard({ connection: 'connected' });
    expect(await held()).toBeNull();
    await expect(
      fixture.sql.transaction(async (tx) => {
        const element = {
          kind: 'session',
          element: 0,
          accountRef: null,
          needsPerson: false,
          at: null,
        } as const;
        await fixture
          .get(ChannelSessions)
          .heard(tx, channelId, { ...element, connection: 'disconnected', code: 'close' });
        throw new Error('the transaction failed');
      }),
    ).rejects.toThrow('the transaction failed');
    expect(await held()).toBeNull();
  });

  it('is not set back by a webhook that comes late', async () => {
    const at = (second: number): Date => new Date(Date.now() - 60_000 + second * 1000);
    await heard({ connection: 'connected', at: at(10) });
    await heard({ connection: 'disconnected', code: 'close', at: at(5) });
    expect(await held()).toBeNull();
    await heard({ connection: 'disconnected', code: 'close', at: at(11) });
    expect(await held()).not.toBeNull();
  });

  it('is not set back by a look that began before a webhook came', async () => {
    fake.health = DOWN;
    fake.meanwhile = () => heard({ connection: 'connected' });
    await look();
    expect(fake.looks).toBe(1);
    expect(await held()).toBeNull();
  });

  it('is looked at again at once when something was heard, or the settings are others', async () => {
    await look();
    await watch.run();
    expect(fake.looks).toBe(1);
    await heard({ connection: 'connecting' });
    await watch.run();
    expect(fake.looks).toBe(2);
    await watch.run();
    await fixture.call('PATCH', `/api/channels/${channelId}`, { settings: { latencyMs: 5 } });
    await watch.run();
    expect(fake.looks).toBe(3);
  });

  it('that refuses sends is down, under the one code that ends by itself', async () => {
    const effects = fixture.get(OutcomeEffects);
    const call = {
      channelId,
      channelVersion: 1,
      workspaceId: await fixture.workspaceId(),
      recipient: '+5215512345678',
    };
    const refused = {
      kind: 'blocked',
      failureClass: 'session_down',
      code: 'connection_closed',
      reason: 'Connection Closed.',
    } as const;
    await Promise.all(Array.from({ length: 20 }, () => effects.of(refused, call)));
    expect(await held()).toMatchObject({ code: 'session_down' });
    // The provider calls it connected: believed after a moment, and not before.
    await look();
    expect(await held()).not.toBeNull();
    aheadMs = 11_000;
    await look();
    expect(await held()).toBeNull();
  });

  it('is left alone where the provider cannot tell, and asked less and less', async () => {
    fake.health = { connection: 'unknown', reason: 'HTTP 502.' };
    for (let time = 0; time < 3; time += 1) await look();
    expect(await held()).toBeNull();
    const [check] = await fixture.sql.query<{ failures: number; seconds: number }>(
      'SELECT failures, extract(epoch FROM due_at - now())::float8 AS seconds FROM channel_checks',
    );
    expect(check!.failures).toBe(3);
    expect(check!.seconds).toBeGreaterThan(100);
  });
});
