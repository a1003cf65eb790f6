import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SendOutcome } from '../../../src/channels/providers/send-outcome.js';
import { ChannelSlowdownRepository } from '../../../src/channels/channel-slowdown.repository.js';
import { AdaptiveRate } from '../../../src/queue/adaptive-rate.js';
import { OutcomeEffects } from '../../../src/queue/outcome-effects.js';
import { EngineRedis } from '../../../src/queue/redis.provider.js';
import { SharedBreaker } from '../../../src/queue/shared-breaker.js';
import { Throttle } from '../../../src/queue/throttle.js';
import { CampaignsFixture } from '../campaigns/campaigns-app.js';

describe('a channel whose provider says that it is too fast', () => {
  let fixture: CampaignsFixture;
  let workspaceId: string;
  let contacts: string[];
  let channelId: string;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ CAUDAL_BREAKER_FAILURES: '3', CAUDAL_BREAKER_OPEN_MS: '100' });
    workspaceId = await fixture.workspaceId();
    contacts = await fixture.addContacts(2);
  });

  beforeEach(async () => {
    channelId = await fixture.createChannel({ limits: { perSecond: 80 } });
    await granted();
  });

  afterAll(() => fixture.stop());

  const channel = () => ({
    id: channelId,
    limits: { perSecond: 80 },
    pacing: { mode: 'max' as const },
    version: 1,
  });
  const key = () => fixture.get(Throttle).keyOf(channelId);
  const redis = () => fixture.get(EngineRedis).client;
  const status = async () => (await fixture.call('GET', `/api/channels/${channelId}/status`)).body;

  const granted = async (): Promise<void> => {
    await expect
      .poll(() => fixture.get(Throttle).grant(channel(), 1), { timeout: 5000 })
      .toMatchObject({ kind: 'granted' });
  };

  const answered = (scope: 'number' | 'app' | 'pair', retryAfterMs = 60_000) => {
    const outcome: SendOutcome = {
      kind: 'throttled',
      scope,
      retryAfterMs,
      code: '130429',
      reason: 'too fast',
    };
    const call = { channelId, channelVersion: 1, workspaceId, recipient: '+5215512345678' };
    return fixture.get(OutcomeEffects).of(outcome, call);
  };

  it('is held for as long as it says, and at half of its rate, and its status says so and why', async () => {
    expect(await status()).toMatchObject({ currentRatePerSecond: 80 });
    expect(await status()).not.toHaveProperty('slowed');
    await answered('number');
    expect(await status()).toMatchObject({
      currentRatePerSecond: 40,
      heldReason: '130429',
      heldUntil: expect.any(String),
      slowed: {
        code: '130429',
        share: 0.5,
        text: expect.stringContaining('asked to slow down (130429); it is at 50 % of its rate'),
        since: expect.any(String),
        fullRateAt: expect.any(String),
      },
    });
    const { slowed, heldUntil } = await status();
    expect(Date.parse(slowed.fullRateAt) - Date.parse(heldUntil)).toBe(30_000);
  });

  it('is cut by a limit of the app like by one of the number, and once by many replies at once', async () => {
    await Promise.all(Array.from({ length: 30 }, () => answered('app')));
    expect(await status()).toMatchObject({ currentRatePerSecond: 40, slowed: { share: 0.5 } });
  });

  it('is as fast as it was where the limit is that of a pair', async () => {
    await answered('pair');
    const shown = await status();
    expect(shown.currentRatePerSecond).toBe(80);
    expect(shown).not.toHaveProperty('slowed');
    expect(shown).not.toHaveProperty('heldUntil');
  });

  it('is as slow as it was after Redis was wiped', async () => {
    await fixture.get(AdaptiveRate).throttled(channelId, 0, '63018');
    const before = await status();
    await redis().del(key());
    expect(await status()).not.toHaveProperty('slowed');
    await granted();
    const after = await status();
    expect(after.slowed).toMatchObject({
      code: '63018',
      since: before.slowed.since,
      fullRateAt: before.slowed.fullRateAt,
    });
    expect(after.currentRatePerSecond).toBeLessThan(80);
  });

  it('is held for as long as the provider said, also when Redis is wiped meanwhile', async () => {
    await answered('number', 2000);
    // A serious one, in the same second: it cuts nothing more, and it is not forgotten.
    await answered('app', 3_600_000);
    const { heldUntil } = await status();
    await redis().del(key());
    await expect
      .poll(() => fixture.get(Throttle).grant(channel(), 1))
      .toMatchObject({ kind: 'wait', why: 'held:130429', waitMs: expect.toSatisfy((ms) => ms > 3_500_000) });
    expect((await status()).heldUntil).toBe(heldUntil);
  });

  it('is not slowed by one of last week when Redis is wiped', async () => {
    await fixture.get(AdaptiveRate).throttled(channelId, 0, '63018');
    await fixture.sql.query(
      `UPDATE channel_slowdowns SET climbs_from = now() - interval '7 days' WHERE channel_id = $1`,
      [channelId],
    );
    await redis().del(key());
    await granted();
    expect(await status()).toMatchObject({ currentRatePerSecond: 80 });
  });

  it('keeps the later of two slowdowns, in whichever order they are written', async () => {
    const rows = fixture.get(ChannelSlowdownRepository);
    const later = { share: 0.25, fromMs: 2_000_000, intervalMs: 0, code: 'later', sinceMs: 1_000_000 };
    await rows.keep(channelId, later);
    await rows.keep(channelId, { ...later, fromMs: 1_000_000, share: 0.5, code: 'earlier' });
    expect(await rows.find(channelId)).toEqual(later);
    expect(await rows.find('00000000-0000-4000-8000-000000000000')).toBeNull();
  });

  it('says that it recovers after its breaker was open, also when Redis is wiped then', async () => {
    const breaker = fixture.get(SharedBreaker);
    for (let failures = 0; failures < 3; failures += 1) await breaker.report(channelId, false, false);
    expect(await status()).toMatchObject({ breaker: 'open' });
    await expect.poll(() => breaker.state(channelId)).toBe('half-open');
    await granted();
    await breaker.report(channelId, true, true);
    const shown = await status();
    expect(shown).toMatchObject({ breaker: 'closed', slowed: { code: 'recovering' } });
    expect(shown.slowed.text).toContain('breaker was open and a probe went through');
    expect(shown.currentRatePerSecond).toBeGreaterThanOrEqual(8);
    expect(shown.currentRatePerSecond).toBeLessThan(40);
    await redis().del(key());
    await granted();
    expect(await status()).toMatchObject({ slowed: { code: 'recovering' } });
  });

  it('is told to those who ask for a campaign on it', async () => {
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
    await fixture.start(id);
    await fixture.prepare(id);
    const queueStatus = async () =>
      (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body.status;
    expect(await queueStatus()).not.toHaveProperty('slowedChannels');
    await fixture.get(AdaptiveRate).throttled(channelId, 0, '130429');
    await expect
      .poll(async () => (await queueStatus()).slowedChannels, { timeout: 5000 })
      .toEqual([expect.objectContaining({ channelId, code: '130429', fullRateAt: expect.any(String) })]);
  });
});
