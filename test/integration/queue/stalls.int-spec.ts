import { randomUUID } from 'node:crypto';
import { getQueueToken } from '@nestjs/bull';
import { Logger } from '@nestjs/common';
import type { Queue } from 'bull';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '../../../src/common/clock.js';
import { HealthIndicators } from '../../../src/common/health-indicators.js';
import { LineLogger } from '../../../src/common/line-logger.js';
import { Config } from '../../../src/config/config.js';
import { Outbox } from '../../../src/events/outbox.js';
import { AdaptiveRate } from '../../../src/queue/adaptive-rate.js';
import { BellRinger } from '../../../src/queue/bell-ringer.js';
import { BELL_QUEUE, type BellJob } from '../../../src/queue/bull-queues.js';
import { EngineRedis } from '../../../src/queue/redis.provider.js';
import { SendingReasons } from '../../../src/queue/sending-reasons.js';
import { StallRepository } from '../../../src/queue/stall.repository.js';
import { StallWatch } from '../../../src/queue/stall-watch.js';
import { Throttle } from '../../../src/queue/throttle.js';
import { CampaignsFixture } from '../campaigns/campaigns-app.js';

class MovedClock extends Clock {
  aheadMs = 0;
  override nowMs(): number {
    return Date.now() + this.aheadMs;
  }
}

describe('a campaign that should be sending and is not', () => {
  let fixture: CampaignsFixture;
  let contacts: string[];
  let channelId: string;
  let campaignId: string;
  let dispatchId: string;
  const lines: string[] = [];

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
    const write = (line: string): void => void lines.push(line);
    Logger.overrideLogger(new LineLogger({ level: 'warn', format: 'json', write }));
    contacts = await fixture.addContacts(3);
  });

  beforeEach(async () => {
    await fixture.sql.query('DELETE FROM stalls');
    await fixture.sql.query('DELETE FROM outbox');
    lines.length = 0;
    channelId = await fixture.createChannel({ name: `ventas ${randomUUID()}` });
    campaignId = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
    await fixture.start(campaignId);
    await fixture.prepare(campaignId);
    dispatchId = await fixture.dispatchOf(campaignId);
    // Others of this file are no concern of the one that is looked at.
    await fixture.sql.query('UPDATE dispatches SET finished_at = now() WHERE id <> $1', [dispatchId]);
    await queue().empty();
  });

  afterAll(async () => {
    await fixture.stop();
    Logger.overrideLogger(false);
  });

  const queue = () => fixture.app.get<Queue<BellJob>>(getQueueToken(BELL_QUEUE), { strict: false });
  const bells = async () =>
    (await queue().getJobs(['waiting'])).filter(({ data }) => data.dispatchId === dispatchId).length;
  const stalls = () =>
    fixture.sql.query<{ channel_id: string }>('SELECT * FROM stalls WHERE dispatch_id = $1', [dispatchId]);
  const events = () =>
    fixture.sql.query<{ payload: object }>(`SELECT payload FROM outbox WHERE type = 'campaign.stuck'`);
  const reason = async () =>
    (await fixture.call('GET', `/api/campaigns/${campaignId}/queue-status`)).body.status.reason;
  const health = async () => {
    const report = await fixture.get(HealthIndicators).report();
    return report.components.sending?.status;
  };

  /** A worker's own watch, on a clock that the spec moves. */
  function worker(): { look(aheadMs: number): Promise<void> } {
    const clock = new MovedClock();
    const watch = new StallWatch(
      fixture.get(StallRepository),
      fixture.get(SendingReasons),
      fixture.get(Throttle),
      fixture.get(EngineRedis),
      fixture.get(BellRinger),
      fixture.get(Outbox),
      new HealthIndicators(),
      fixture.sql,
      clock,
      fixture.get<Config>(Config as never),
    );
    return {
      look: (aheadMs) => {
        clock.aheadMs = aheadMs;
        return watch.run();
      },
    };
  }

  async function stalled() {
    const one = worker();
    await one.look(0);
    await one.look(31_000);
    expect(await stalls()).toHaveLength(1);
    return one;
  }

  it('is rung for, logged with what was seen, told as an event, and shown, once for all workers', async () => {
    const [one, other] = [worker(), worker()];
    for (const aheadMs of [0, 15_000, 29_000]) {
      await one.look(aheadMs);
      await other.look(aheadMs);
    }
    expect(await stalls()).toEqual([]);
    expect(await health()).toBe('ok');
    await one.look(31_000);
    await other.look(31_000);
    expect(await bells()).toBeGreaterThan(0);
    expect(await stalls()).toMatchObject([{ channel_id: channelId, seen: { readyBatches: 1, visits: 0 } }]);
    expect(await events()).toMatchObject([{ payload: { campaignId, dispatchId, channelId, settled: 0 } }]);
    const told = lines.filter((line) => line.includes('should be sending'));
    expect(told).toHaveLength(1);
    expect(JSON.parse(told[0]!)).toMatchObject({ campaignId, readyBatches: 1 });
    expect(await health()).toBe('degraded');
    await expect.poll(reason).toMatchObject({ code: 'stalled', since: expect.any(String) });
  });

  it('is forgotten when something of it is sent', async () => {
    const one = await stalled();
    await fixture.sql.query(
      `INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, accepted) VALUES ($1, $2, 0, 1)`,
      [await fixture.workspaceId(), dispatchId],
    );
    await one.look(32_000);
    expect(await stalls()).toEqual([]);
    expect(await health()).toBe('ok');
    await expect.poll(reason).toBeUndefined();
  });

  it('is forgotten when somebody pauses it, or when something comes into its way', async () => {
    const one = await stalled();
    await fixture.call('POST', `/api/channels/${channelId}/breaker`, { action: 'open' });
    await one.look(32_000);
    expect(await stalls()).toEqual([]);
    await fixture.call('POST', `/api/channels/${channelId}/breaker`, { action: 'close' });
    // The row of a channel is known within a second.
    await expect.poll(reason, { timeout: 5000 }).toBeUndefined();
    await stalled();
    await fixture.call('POST', `/api/campaigns/${campaignId}/queue-pause`);
    await one.look(33_000);
    expect(await stalls()).toEqual([]);
  });

  it('is not one that has a reason, nor one whose pace lets it wait', async () => {
    const one = worker();
    await fixture.get(AdaptiveRate).throttled(channelId, 600_000, '130429');
    await one.look(0);
    await one.look(31_000);
    expect(await stalls()).toEqual([]);
    const { client } = fixture.get(EngineRedis);
    await client.hset(fixture.get(Throttle).keyOf(channelId), 'held', 0, 'next', Date.now() + 300_000);
    await one.look(62_000);
    expect(await stalls()).toEqual([]);
    await client.hset(fixture.get(Throttle).keyOf(channelId), 'next', 0);
    await one.look(93_000);
    expect(await stalls()).toHaveLength(1);
  });
});
