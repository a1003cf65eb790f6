import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { CampaignStatusService } from '../../../src/campaigns/campaign-status.service.js';
import { CampaignTicks } from '../../../src/campaigns/campaign-ticks.js';
import { WindowPlacing } from '../../../src/campaigns/windows/window-placing.js';
import type { ChannelLimits } from '../../../src/channels/channel-limits.js';
import { Clock } from '../../../src/common/clock.js';
import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import { createTestDatabase, testRedis, type TestDatabase } from '../../support/database.js';
import { settlement } from '../../support/ledger-fixture.js';
import { VirtualChannel } from '../queue/virtual-channel.js';
import { CampaignsFixture, type Reply } from './campaigns-app.js';

export const LEASE_MS = 60_000;
/** A turn gives its place up for a wait that is longer. */
const MOST_WAIT_MS = 350;
/** Each second in earnest; where nothing happens in between, a second more or less is the same. */
const ROLL_EVERY_MS = 1000;

/** When a message was sent, and to whom. */
export interface Sent {
  readonly recipient: string;
  readonly atMs: number;
}

/**
 * Campaigns in virtual time, the database's too: its now() is found before the real one, for every statement as it is.
 * A spec moves both clocks, and does by hand what a worker does.
 */
export class WindowFixture {
  readonly workerId = randomUUID();
  nowMs = 0;

  private constructor(
    readonly campaigns: CampaignsFixture,
    private readonly database: TestDatabase,
    private readonly redis: Redis,
  ) {}

  static async start(moment: string): Promise<WindowFixture> {
    const database = await createTestDatabase();
    await makeClock(database.url);
    const campaigns = await CampaignsFixture.start({ DATABASE_URL: database.url, BATCH_SIZE: '15' });
    await campaigns.sql.query(`UPDATE workers SET seen_at = '2100-01-01'`);
    const fixture = new WindowFixture(campaigns, database, new Redis(testRedis().url));
    await fixture.moveTo(moment);
    return fixture;
  }

  get<T>(type: abstract new (...args: never[]) => T): T {
    return this.campaigns.app.get(type, { strict: false });
  }

  /** From now on it is this moment, for the program and for the database. */
  async moveTo(moment: string | number): Promise<void> {
    const ms = typeof moment === 'number' ? Math.ceil(moment) : Date.parse(moment);
    this.nowMs = ms;
    Object.assign(this.get(Clock), { now: () => new Date(ms), nowMs: () => ms });
    await this.campaigns.sql.query('UPDATE virtual.clock SET at = $1', [new Date(ms)]);
  }

  async put(path: string, payload: object): Promise<Reply> {
    const headers = { authorization: 'Bearer an admin key for these tests' };
    const { statusCode, body } = await this.campaigns.app.inject({
      method: 'PUT',
      url: path,
      headers,
      payload,
    });
    return { status: statusCode, text: body, body: JSON.parse(body) };
  }

  /** Started and written down. */
  async run(fields: object): Promise<string> {
    const id = await this.campaigns.createCampaign({ message: 'Hola', audience: { all: true }, ...fields });
    const { status, text } = await this.campaigns.start(id);
    if (status !== 202) throw new Error(`the start was answered ${status}: ${text}`);
    await this.campaigns.prepare(id);
    return id;
  }

  async lease(campaignId: string, channelId: string): Promise<LeasedBatch | null> {
    const dispatchId = await this.campaigns.dispatchOf(campaignId);
    return this.get(BatchRepository).lease(dispatchId, channelId, this.workerId, LEASE_MS);
  }

  async pass(batch: LeasedBatch) {
    const seqs = (await this.get(BatchRepository).pending(batch)).map(({ seq }) => seq);
    return this.get(BarrierRepository).pass(batch, seqs, 'marketing', LEASE_MS);
  }

  async statusOf(id: string): Promise<Reply['body']> {
    this.get(CampaignStatusService).forget(await this.campaigns.workspaceId(), id);
    return (await this.campaigns.call('GET', `/api/campaigns/${id}/queue-status`)).body.status;
  }

  async reasonOf(id: string): Promise<{ code: string; text: string }> {
    return (await this.statusOf(id)).reason;
  }

  async batchesOf(id: string) {
    return this.campaigns.sql.query<{
      zone: string | null;
      channel_id: string;
      opens_at: Date;
      closes_at: Date;
      state: string;
    }>(
      'SELECT zone, channel_id, opens_at, closes_at, state FROM batches WHERE dispatch_id = $1 ORDER BY batch_no',
      [await this.campaigns.dispatchOf(id)],
    );
  }

  /**
   * Sends all of it, or until a moment: what is leased, what may be granted and when is said by what says it in earnest,
   * in its own time; the provider takes everything at once. Where nothing may be taken, the clock goes on to what is next.
   */
  async send(id: string, channelId: string, limits: ChannelLimits, untilMs = Infinity): Promise<Sent[]> {
    const dispatchId = await this.campaigns.dispatchOf(id);
    const channel = VirtualChannel.with(this.redis, limits);
    const sent: Sent[] = [];
    let rolledMs = -Infinity;
    while (this.nowMs < untilMs) {
      if (this.nowMs - rolledMs >= ROLL_EVERY_MS) {
        await this.get(WindowPlacing).roll();
        rolledMs = this.nowMs;
      }
      const batch = await this.lease(id, channelId);
      if (batch !== null) await this.work(batch, channel, sent);
      else {
        const next = await this.nextMs(dispatchId);
        if (next === null) break;
        await this.moveTo(next);
      }
    }
    await this.get(CampaignTicks).run();
    return sent;
  }

  private async work(batch: LeasedBatch, channel: VirtualChannel, sent: Sent[]): Promise<void> {
    const batches = this.get(BatchRepository);
    const rows = await batches.pending(batch);
    const closesMs = await this.closingOf(batch);
    let waitMs = 0;
    for (let next = 0; next < rows.length;) {
      channel.nowMs = this.nowMs;
      const grant = await channel.ask({ wanted: rows.length - next });
      if ('waitMs' in grant) {
        if (grant.waitMs > MOST_WAIT_MS) {
          waitMs = grant.waitMs;
          break;
        }
        await this.moveTo(this.nowMs + Math.max(1, grant.waitMs));
        continue;
      }
      const chosen = rows.slice(next, next + grant.instantsMs.length);
      next += chosen.length;
      const seqs = chosen.map(({ seq }) => seq);
      const passed = await this.get(BarrierRepository).pass(batch, seqs, 'marketing', LEASE_MS);
      if (passed.kind !== 'passed') break;
      const outcomes = chosen.map(({ seq, recipient }, index) => {
        const atMs = Math.max(this.nowMs, grant.instantsMs[index]!);
        const attempt = passed.attempts.get(seq)!;
        const providerId = `wamid.${batch.dispatchId}.${seq}.${attempt}`;
        if (atMs >= closesMs) return settlement(seq, attempt, { state: 'pending', providerId: null });
        sent.push({ recipient, atMs });
        return settlement(seq, attempt, { providerId });
      });
      await this.get(SettleRepository).settle(batch, outcomes);
      const lastMs = Math.max(this.nowMs, grant.instantsMs.at(-1)!);
      if (lastMs > this.nowMs) await this.moveTo(lastMs);
    }
    await batches.release(batch, null);
    if (waitMs > 0) await this.moveTo(this.nowMs + waitMs);
  }

  private async closingOf({ dispatchId, batchNo }: LeasedBatch): Promise<number> {
    const [row] = await this.campaigns.sql.query<{ closes_at: Date | null }>(
      'SELECT closes_at FROM batches WHERE dispatch_id = $1 AND batch_no = $2',
      [dispatchId, batchNo],
    );
    return row?.closes_at?.getTime() ?? Infinity;
  }

  private async nextMs(dispatchId: string): Promise<number | null> {
    const [row] = await this.campaigns.sql.query<{ at: Date | null }>(
      `SELECT min(greatest(opens_at, not_before)) AS at FROM batches WHERE dispatch_id = $1 AND state = 'ready'`,
      [dispatchId],
    );
    const ms = row?.at?.getTime() ?? null;
    return ms === null ? null : Math.max(ms, this.nowMs + 1000);
  }

  async stop(): Promise<void> {
    await this.campaigns.stop();
    this.redis.disconnect();
    await this.database.drop();
  }
}

async function makeClock(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      CREATE SCHEMA virtual;
      CREATE TABLE virtual.clock (at timestamptz NOT NULL);
      INSERT INTO virtual.clock VALUES (now());
      CREATE FUNCTION virtual.now() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT at FROM virtual.clock'`);
    const database = new URL(url).pathname.slice(1);
    await client.query(`ALTER DATABASE ${database} SET search_path = virtual, public, pg_catalog`);
  } finally {
    await client.end();
  }
}
