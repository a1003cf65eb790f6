import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MESSAGE_STATES, type MessageState } from '../../../src/ledger/message-state.js';
import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { CampaignProgressRepository } from '../../../src/ledger/campaign-progress.repository.js';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import type { Settlement } from '../../../src/ledger/settlement.js';
import { StatusRepository, type StatusEvidence } from '../../../src/ledger/status.repository.js';
import { settlement } from '../../support/ledger-fixture.js';
import { CampaignsFixture } from './campaigns-app.js';

const LEASE_MS = 60_000;
const REFUSED: Partial<Settlement> = {
  state: 'failed',
  providerId: null,
  trail: { outcome: 'rejected', code: '131026', reason: 'Not on WhatsApp.' },
};
const LOST: Partial<Settlement> = {
  state: 'unknown',
  providerId: null,
  trail: { outcome: 'unknown', code: 'read_timeout', reason: 'No answer came in time.' },
};
const AGAIN: Partial<Settlement> = {
  state: 'pending',
  providerId: null,
  trail: { outcome: 'throttled', code: '131056', reason: 'Too many messages to this person.' },
};
const ACCEPTED: Partial<Settlement> = {};
const COUNTRIES = { '+52551234': 'MX', '+3461234': 'ES', '+1416555': 'CA', '+1212555': 'US' } as const;

interface Row {
  dispatch_id: string;
  seq: number;
  channel_id: string | null;
  recipient: string;
  state: MessageState;
  last_code: string | null;
  accepted_at: Date | null;
  sent_at: Date | null;
  delivered_at: Date | null;
  read_at: Date | null;
  failed_at: Date | null;
  inflight_at: Date | null;
}

describe('the report of a campaign', () => {
  let fixture: CampaignsFixture;
  let channels: string[];
  let seed = 20_261_122;
  /** The same numbers in each run (mulberry32). */
  const random = (): number => {
    seed = (seed + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const oneOf = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ BATCH_SIZE: '5' });
    channels = [
      await fixture.createChannel({ name: 'ventas' }),
      await fixture.createChannel({ name: '=cobranza' }),
    ];
  });

  afterAll(() => fixture?.stop());

  /** One attempt of each that is pending. */
  async function visit(id: string, outcomeOf: (batch: LeasedBatch, seq: number) => Partial<Settlement>) {
    const dispatchId = await fixture.dispatchOf(id);
    const batches = fixture.get(BatchRepository);
    for (const channelId of channels) {
      for (;;) {
        const batch = await batches.lease(dispatchId, channelId, randomUUID(), LEASE_MS);
        if (batch === null) break;
        const seqs = (await batches.pending(batch)).map(({ seq }) => seq);
        const passed = await fixture.get(BarrierRepository).pass(batch, seqs, 'marketing', LEASE_MS);
        if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
        const outcomes = [...passed.attempts].map(([seq, attempt]) =>
          settlement(seq, attempt, { providerId: `wamid.${dispatchId}.${seq}`, ...outcomeOf(batch, seq) }),
        );
        await fixture.get(SettleRepository).settle(batch, outcomes);
        await batches.release(batch, outcomes.some(({ state }) => state === 'pending') ? 0 : null);
        if (outcomes.some(({ state }) => state === 'pending')) break;
      }
    }
  }

  async function heard(row: Row, status: StatusEvidence['status'], afterMs: number): Promise<void> {
    const when = new Date(row.inflight_at!.getTime() + afterMs);
    const at = { sent: null, delivered: null, read: null, failed: null, [status]: when };
    await fixture.get(StatusRepository).apply(fixture.sql, [
      {
        dispatchId: row.dispatch_id,
        seq: row.seq,
        attempt: 1,
        channelId: row.channel_id!,
        status,
        at,
        code: status === 'failed' ? '131049' : null,
        reason: status === 'failed' ? 'Held back by Meta.' : null,
      },
    ]);
  }

  async function prepared(count: number): Promise<string> {
    const numbers = Array.from({ length: count }, (_, n) => {
      const prefix = Object.keys(COUNTRIES)[n % 4]!;
      return `${prefix}${String(n).padStart(12 - prefix.length + (prefix.startsWith('+52') ? 1 : 0), '0')}`;
    });
    const { body } = await fixture.upload(
      '/api/campaigns',
      `telefono\n${numbers.join('\n')}\n${numbers[0]}\n=cmd()\n`,
      { name: 'mayo', message: 'Hola', channelIds: JSON.stringify(channels) },
    );
    await fixture.start(body.id);
    await fixture.prepare(body.id);
    return body.id as string;
  }

  async function newestRows(id: string): Promise<Row[]> {
    return fixture.sql.query<Row>(
      `SELECT m.* FROM dispatches d JOIN messages m ON m.dispatch_id = d.id
       WHERE d.campaign_id = $1 AND m.resent_in IS NULL ORDER BY m.dispatch_id, m.seq`,
      [id],
    );
  }

  const reportOf = async (id: string) => {
    const { status, body, text } = await fixture.call('GET', `/api/campaigns/${id}/report`);
    expect(status, text).toBe(200);
    return body;
  };

  function tally(rows: readonly Row[], keyOf: (row: Row) => string | null | undefined) {
    const groups = new Map<string | null, Record<string, number>>();
    for (const row of rows) {
      const key = keyOf(row);
      if (key === undefined) continue;
      const states = groups.get(key) ?? Object.fromEntries(MESSAGE_STATES.map((state) => [state, 0]));
      states[row.state]! += 1;
      groups.set(key, states);
    }
    return groups;
  }

  type Group = { total: number; states: Record<string, number> };
  function expectGroups<G extends Group>(
    groups: readonly G[],
    keyOf: (group: G) => string | null,
    expected: ReturnType<typeof tally>,
  ): void {
    expect(new Map(groups.map((group) => [keyOf(group), group.states]))).toEqual(expected);
    for (const { total, states } of groups) {
      expect(Object.values(states).reduce((sum, n) => sum + n, 0)).toBe(total);
    }
  }

  const countryOf = ({ recipient }: Row) =>
    Object.entries(COUNTRIES).find(([prefix]) => recipient.startsWith(prefix))?.[1] ?? null;

  async function expectRecount(id: string) {
    const rows = await newestRows(id);
    const report = await reportOf(id);
    expect(report.reconciles).toBe(true);
    expect(report.totals).toEqual(await fixture.get(CampaignProgressRepository).recount(id));
    expect(report.totals.total).toBe(rows.length);
    expectGroups(
      report.byChannel as (Group & { channelId: string })[],
      (one) => one.channelId,
      tally(rows, (row) => row.channel_id),
    );
    expectGroups(
      report.byCountry as (Group & { country: string })[],
      (one) => one.country,
      tally(rows, countryOf),
    );
    expectGroups(
      report.byCode as (Group & { code: string })[],
      (one) => one.code,
      tally(rows, (row) => row.last_code ?? undefined),
    );
    const hours = report.byHour as Record<string, number>[];
    for (const word of ['accepted', 'sent', 'delivered', 'read', 'failed'] as const) {
      const happened = rows.filter(
        (row) => row[`${word}_at`] !== null && (word !== 'failed' || row.state === 'failed'),
      );
      expect(
        hours.reduce((sum, hour) => sum + hour[word]!, 0),
        word,
      ).toBe(happened.length);
    }
    return { rows, report };
  }

  it('equals a recount after random outcomes and statuses, in its totals and in each of its parts', async () => {
    const id = await prepared(60);
    for (let round = 0; round < 3; round += 1) {
      await visit(id, () => oneOf([ACCEPTED, ACCEPTED, ACCEPTED, REFUSED, LOST, AGAIN]));
    }
    for (const row of await newestRows(id)) {
      if (row.inflight_at === null || row.state === 'pending') continue;
      for (const status of ['sent', 'delivered', 'read', 'failed'] as const) {
        if (random() < 0.5) await heard(row, status, 1000 + random() * 7_200_000);
      }
    }
    const { report } = await expectRecount(id);
    expect(report.byCode.find((one: { code: string }) => one.code === 'invalid').reason).toMatch(
      /not a phone/,
    );
    const refused = report.byCode.find((one: { code: string }) => one.code === '131026');
    expect(refused.reason).toBe('Not on WhatsApp.');
    expect(report.byChannel.map((one: { name: string | null }) => one.name)).toContain('ventas');
  });

  it('counts each recipient by the newest message when some were sent again', async () => {
    const id = await prepared(12);
    await visit(id, (_, seq) => (seq % 3 === 0 ? REFUSED : ACCEPTED));
    await fixture.tick();
    const { status } = await fixture.call('POST', `/api/campaigns/${id}/resend`, { states: ['failed'] });
    expect(status).toBe(202);
    await fixture.prepare(id);
    await visit(id, (_, seq) => (seq === 1 ? REFUSED : ACCEPTED));
    const { report } = await expectRecount(id);
    expect(report.totals).toMatchObject({ total: 14, accepted: 11, failed: 1, skipped: 2 });
  });

  it('tells the median and the 95th percentile of the time to delivered and to read', async () => {
    const id = await prepared(20);
    await visit(id, () => ACCEPTED);
    const rows = (await newestRows(id)).filter(({ state }) => state === 'accepted');
    for (const [nth, row] of rows.entries()) await heard(row, 'delivered', (nth + 1) * 1000);
    await heard(rows[0]!, 'read', 60_000);
    const { timeTo } = await reportOf(id);
    expect(timeTo.delivered.count).toBe(20);
    expect(Math.abs(timeTo.delivered.medianMs / 10_000 - 1)).toBeLessThan(0.011);
    expect(Math.abs(timeTo.delivered.p95Ms / 19_000 - 1)).toBeLessThan(0.011);
    expect(timeTo.read.count).toBe(1);
    expect(Math.abs(timeTo.read.p95Ms / 60_000 - 1)).toBeLessThan(0.011);
  });

  it('shows every attempt of one recipient, over a message that was sent again, with channel and statuses', async () => {
    const id = await prepared(4);
    const run = await fixture.dispatchOf(id);
    await visit(id, (_, seq) => (seq === 2 ? AGAIN : ACCEPTED));
    await visit(id, () => REFUSED);
    await fixture.tick();
    await fixture.call('POST', `/api/campaigns/${id}/resend`, { states: ['failed'] });
    await fixture.prepare(id);
    await visit(id, () => ACCEPTED);
    const again = (await newestRows(id)).at(-1)!;
    await heard(again, 'delivered', 2000);
    const { status, body } = await fixture.call('GET', `/api/campaigns/${id}/messages/2/trail`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ number: 2, recipient: again.recipient });
    expect(body.messages).toMatchObject([
      {
        dispatchId: run,
        resendOf: null,
        state: 'failed',
        attempts: 2,
        steps: [
          {
            attempt: 1,
            source: 'send',
            outcome: 'throttled',
            code: '131056',
            reason: 'Too many messages to this person.',
          },
          { attempt: 2, source: 'send', outcome: 'rejected', code: '131026', reason: 'Not on WhatsApp.' },
        ],
      },
      {
        dispatchId: again.dispatch_id,
        resendOf: run,
        state: 'delivered',
        deliveredAt: expect.any(String),
        steps: [{ attempt: 1, outcome: 'accepted', code: null }],
      },
    ]);
    for (const step of body.messages.flatMap((one: { steps: object[] }) => one.steps)) {
      expect(['ventas', '=cobranza']).toContain(step.channel);
    }
  });

  it('names the channel in the CSV, and no name of one can start a formula', async () => {
    const id = await prepared(20);
    const { text } = await fixture.call('GET', `/api/campaigns/${id}/report.csv`);
    const [header, ...lines] = text.trim().split('\r\n');
    expect(header).toMatch(/,attempts,code,reason,.*,channelId,providerId,channel,variant$/);
    const names = new Set(lines.map((line) => line.split(',').at(-2)));
    expect(names).toEqual(new Set(['ventas', "'=cobranza"]));
  });

  it('is empty before the start, unknown to another workspace, and says which recipient there is not', async () => {
    const id = await fixture.createCampaign({
      message: 'Hola',
      audience: { all: true },
      channelIds: channels,
    });
    expect(await reportOf(id)).toMatchObject({
      totals: { total: 0 },
      reconciles: true,
      byChannel: [],
      byHour: [],
    });
    const missing = await fixture.call('GET', `/api/campaigns/${id}/messages/9/trail`);
    expect(missing).toMatchObject({ status: 404, body: { code: 'recipient_not_found' } });
    const wrong = await fixture.call('GET', `/api/campaigns/${id}/messages/x/trail`);
    expect(wrong).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    const { key } = await fixture.otherWorkspace();
    for (const path of ['report', 'messages/1/trail']) {
      const theirs = { authorization: `Bearer ${key}` };
      expect((await fixture.call('GET', `/api/campaigns/${id}/${path}`, undefined, theirs)).status).toBe(404);
    }
  });
});
