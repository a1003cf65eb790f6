import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CampaignHolding } from '../../../src/campaigns/governance/campaign-holding.js';
import { GovernanceTicks } from '../../../src/campaigns/governance/governance-ticks.js';
import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { DispatchRepository } from '../../../src/ledger/dispatch.repository.js';
import { GateRepository, REFUSED_FOR_ALL } from '../../../src/ledger/gate.repository.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import type { Settlement } from '../../../src/ledger/settlement.js';
import { settlement } from '../../support/ledger-fixture.js';
import { CampaignsFixture } from './campaigns-app.js';

const LEASE_MS = 60_000;
const TRAIL = { outcome: 'rejected', code: '131026', reason: 'not on WhatsApp' };

type Word = Settlement['state'];

describe('a campaign that watches itself', () => {
  let fixture: CampaignsFixture;
  let channelId: string;
  let contacts: string[];

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ BATCH_SIZE: '10' });
    channelId = await fixture.createChannel();
    contacts = await fixture.addContacts(100);
  });

  afterAll(() => fixture?.stop());

  const running = async (plan: object, people = contacts): Promise<string> => {
    const id = await fixture.createCampaign({
      message: 'Hola',
      contacts: people,
      channelIds: [channelId],
      ...plan,
    });
    const { status, text } = await fixture.start(id);
    if (status !== 202) throw new Error(text);
    await fixture.prepare(id);
    return id;
  };

  const begin = async (id: string, count: number) => {
    const batches = fixture.get(BatchRepository);
    const batch = await batches.lease(await fixture.dispatchOf(id), channelId, randomUUID(), LEASE_MS);
    if (batch === null) return null;
    const seqs = (await batches.pending(batch)).slice(0, count).map(({ seq }) => seq);
    const passed = await fixture.get(BarrierRepository).pass(batch, seqs, 'marketing', LEASE_MS);
    return { batch, passed };
  };

  const outcome = (dispatchId: string, seq: number, attempt: number, state: Word): Settlement =>
    state === 'accepted'
      ? settlement(seq, attempt, { providerId: `${dispatchId}.${seq}` })
      : settlement(seq, attempt, { state, providerId: null, trail: TRAIL });

  /** One worker: sends what may be sent, batch after batch, each message to the fate that it meets. */
  const work = async (id: string, fate: () => Word, perGroup = 5): Promise<number> => {
    const { policy } = (await fixture.get(DispatchRepository).find(await fixture.dispatchOf(id)))!;
    const watching = policy.isWatched === true ? 'watched' : 'unwatched';
    let sent = 0;
    for (let turn = await begin(id, perGroup); turn !== null; turn = await begin(id, perGroup)) {
      const { batch, passed } = turn;
      if (passed.kind !== 'passed') {
        await fixture.get(BatchRepository).release(batch, null);
        return sent;
      }
      const settlements = [...passed.attempts].map(([seq, attempt]) =>
        outcome(batch.dispatchId, seq, attempt, fate()),
      );
      await fixture.get(SettleRepository).settle(batch, settlements, 'refs', watching);
      await fixture.get(BatchRepository).release(batch, null);
      sent += settlements.length;
    }
    return sent;
  };

  const threeWorkers = async (id: string, fate: () => Word): Promise<number> => {
    const sent = await Promise.all([work(id, fate), work(id, fate), work(id, fate)]);
    return sent.reduce((sum, one) => sum + one, 0);
  };

  /** A fate that lets the first so many fail. */
  const failing = (failures: number, state: Word = 'failed') => {
    let left = failures;
    return (): Word => (left-- > 0 ? state : 'accepted');
  };

  /** What every worker does each second: here two of them at once. */
  const tick = () =>
    Promise.all([fixture.get(GovernanceTicks).run(), fixture.get(GovernanceTicks).run()]).then(() =>
      fixture.tick(),
    );

  const queueOf = async (id: string) =>
    (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body.status;

  const confirm = (id: string) => fixture.call('POST', `/api/campaigns/${id}/confirm`);

  const eventsOf = (id: string) =>
    fixture.sql.query<{ type: string; payload: Record<string, unknown> }>(
      `SELECT type, payload FROM outbox WHERE payload ->> 'campaignId' = $1 ORDER BY id`,
      [id],
    );

  describe('with a canary', () => {
    it('sends so many with three workers and not one more, and goes on by itself when they were good', async () => {
      const id = await running({ canary: { size: '15%', maxFailureRate: 0.2, waitMinutes: 0 } });
      expect(await threeWorkers(id, failing(3))).toBe(15);
      expect(await fixture.progressOf(id)).toMatchObject({ accepted: 12, failed: 3, pending: 85 });
      await tick();
      expect(await threeWorkers(id, failing(0))).toBe(85);
      await tick();
      expect(await fixture.statusOf(id)).toBe('completed');
    });

    it('says what it waits for while statuses and opt-outs come', async () => {
      const id = await running({ canary: { size: 7, maxFailureRate: 0.2, waitMinutes: 30 } });
      expect(await threeWorkers(id, failing(0))).toBe(7);
      await tick();
      const queue = await queueOf(id);
      expect(queue).toMatchObject({ status: 'sending', reason: { code: 'canary_waiting' } });
      await tick();
      expect(await threeWorkers(id, failing(0))).toBe(0);
      await fixture.sql.query(
        `UPDATE campaigns SET stage_settled_at = now() - interval '31 min' WHERE id = $1`,
        [id],
      );
      await tick();
      expect((await queueOf(id)).reason).toBeUndefined();
      expect(await threeWorkers(id, failing(0))).toBe(93);
    });

    it('is held when more of it failed or is unknown than may, with the figures, until a person confirms', async () => {
      const id = await running({ canary: { size: { percent: 20 }, maxFailureRate: 0.1, waitMinutes: 0 } });
      expect(await threeWorkers(id, failing(3, 'unknown'))).toBe(20);
      await tick();
      const { status, reason } = await queueOf(id);
      expect([status, reason.code]).toEqual(['held', 'held_canary']);
      expect(reason.text).toBe(
        'Of the 20 messages of its canary 3 failed or are unknown (3), 15 %; 10 % may. ' +
          'Look at the report; then confirm it, or stop it.',
      );
      expect(await begin(id, 1)).toBeNull();
      expect((await eventsOf(id)).at(-1)).toMatchObject({
        type: 'campaign.held',
        payload: { code: 'canary' },
      });

      const { status: answered, body } = await confirm(id);
      expect([answered, body.campaign.status, body.estimatedContacts]).toEqual([202, 'sending', 80]);
      const [audit] = await fixture.sql.query(
        `SELECT action, details FROM audit_log WHERE subject = $1 ORDER BY id DESC LIMIT 1`,
        [id],
      );
      expect(audit).toMatchObject({
        action: 'campaign.confirm',
        details: { code: 'canary', heldFor: reason.text },
      });
      expect(await threeWorkers(id, failing(0))).toBe(80);
      await tick();
      expect(await fixture.statusOf(id)).toBe('completed');
      expect((await confirm(id)).status).toBe(409);
    });

    it('is held when more of its people opted out since the start than may', async () => {
      const canary = { size: 10, maxFailureRate: 0, maxOptOutRate: 0.1, waitMinutes: 0 };
      const people = await fixture.addContacts(30);
      const id = await running({ canary }, people);
      await threeWorkers(id, failing(0));
      const sent = (await fixture.messagesOf(id)).filter(({ state }) => state === 'accepted');
      for (const { contact_id: contact } of sent.slice(0, 2)) {
        await fixture.call('POST', `/api/contacts/${contact}/opt-out`, { reason: 'spec' });
      }
      await tick();
      expect((await queueOf(id)).reason).toMatchObject({
        code: 'held_canary',
        text: expect.stringContaining('Of the 10 people of its canary 2 opted out, 20 %; 10 % may.'),
      });
      expect((await fixture.call('POST', `/api/campaigns/${id}/queue-stop`)).status).toBe(200);
      await tick();
      expect(await fixture.statusOf(id)).toBe('stopped');
      expect(await fixture.progressOf(id)).toMatchObject({ accepted: 10, cancelled: 20, pending: 0 });
    });

    it('is completed by its canary alone where there is nobody else', async () => {
      const id = await running({ canary: { size: 500, maxFailureRate: 0 } });
      expect(await threeWorkers(id, failing(1))).toBe(100);
      await tick();
      expect(await fixture.statusOf(id)).toBe('completed');
    });

    it('decides nothing while it is paused, and goes on where it was', async () => {
      const id = await running({ canary: { size: 10, maxFailureRate: 0, waitMinutes: 0 } });
      await fixture.call('POST', `/api/campaigns/${id}/queue-pause`);
      await tick();
      expect(await fixture.statusOf(id)).toBe('paused');
      await fixture.call('POST', `/api/campaigns/${id}/queue-resume`);
      expect(await threeWorkers(id, failing(0))).toBe(10);
      await tick();
      expect(await threeWorkers(id, failing(0))).toBe(90);
    });
  });

  describe('with a limit of failures', () => {
    const limit = { holdOnFailures: { rate: 0.1, of: 50 } };

    it('stops at the failure that is one too many, with three workers, and says so', async () => {
      const id = await running(limit);
      let outcomes = 0;
      let failures = 0;
      // Every fourth: the sixth failure crosses five of fifty.
      const sent = await threeWorkers(id, () => {
        outcomes += 1;
        if (outcomes % 4 !== 0) return 'accepted';
        failures += 1;
        return 'failed';
      });
      expect(failures).toBeGreaterThanOrEqual(6);
      // Beyond it, what the two others had begun.
      expect(sent).toBeLessThanOrEqual(24 + 5 + 2 * 5);
      expect(await begin(id, 1)).toBeNull();
      await tick();
      const { status, reason } = await queueOf(id);
      expect([status, reason.code]).toEqual(['held', 'held_failure_rate']);
      expect(reason.text).toContain('6 of its last 50 messages failed or are unknown; 5 may (10 %)');
      const held = (await eventsOf(id)).filter(({ type }) => type === 'campaign.held');
      expect(held).toHaveLength(1);
      expect(held[0]?.payload).toMatchObject({ campaignId: id, code: 'failure_rate', reason: reason.text });
      expect(await fixture.progressOf(id)).toMatchObject({
        failed: failures,
        inflight: 0,
        pending: 100 - sent,
      });

      expect((await confirm(id)).status).toBe(202);
      await tick();
      // Its failures are counted anew: five more are at the limit.
      expect(await threeWorkers(id, failing(5))).toBe(100 - sent);
      await tick();
      expect(await fixture.statusOf(id)).toBe('completed');
    });

    it('is held for what webhooks report too, also while it is paused', async () => {
      const id = await running(limit);
      const turn = (await begin(id, 10))!;
      if (turn.passed.kind !== 'passed') throw new Error(turn.passed.kind);
      const dispatchId = await fixture.dispatchOf(id);
      await fixture.call('POST', `/api/campaigns/${id}/queue-pause`);
      const settled = [...turn.passed.attempts].map(([seq, attempt]) =>
        outcome(dispatchId, seq, attempt, 'accepted'),
      );
      await fixture.get(SettleRepository).settle(turn.batch, settled, 'refs', 'watched');
      await fixture.get(BatchRepository).release(turn.batch, null);
      await fixture.sql.query(
        `UPDATE messages SET state = 'failed' WHERE dispatch_id = $1 AND seq <= 6 AND state = 'accepted'`,
        [dispatchId],
      );
      await fixture.sql.query(
        `UPDATE dispatch_counters SET accepted = accepted - 6, failed = failed + 6 WHERE dispatch_id = $1 AND accepted >= 6`,
        [dispatchId],
      );
      await tick();
      expect(await queueOf(id)).toMatchObject({ status: 'held', reason: { code: 'held_failure_rate' } });
    });

    it('lets a resend be held as well, for its own failures', async () => {
      const people = await fixture.addContacts(20);
      const id = await running({ holdOnFailures: { rate: 0.5, of: 20 } }, people);
      expect(await threeWorkers(id, failing(10))).toBe(20);
      await tick();
      expect(await fixture.statusOf(id)).toBe('completed');
      const ended = await fixture.dispatchOf(id);
      expect(
        await fixture.sql.query('SELECT 1 FROM failure_watches WHERE dispatch_id = $1', [ended]),
      ).toEqual([]);
      const { status } = await fixture.call('POST', `/api/campaigns/${id}/resend`, { states: ['failed'] });
      expect(status).toBe(202);
      const [watch] = await fixture.sql.query(
        'SELECT most_failures, outcomes, seen FROM failure_watches WHERE dispatch_id = $1',
        [await fixture.dispatchOf(id)],
      );
      expect(watch).toEqual({ most_failures: 10, outcomes: 20, seen: '0' });
    });

    it('counts nothing for a campaign without one', async () => {
      const id = await running({});
      const { policy } = (await fixture.get(DispatchRepository).find(await fixture.dispatchOf(id)))!;
      expect(policy.isWatched).toBeUndefined();
      expect(await threeWorkers(id, failing(100))).toBe(100);
    });
  });

  it('is held when its message is refused for everybody, by two who look at once, until a person confirms', async () => {
    const id = await running({});
    const dispatchId = await fixture.dispatchOf(id);
    const reason = `${REFUSED_FOR_ALL}50 messages in a row, each with the code 132001: No such template.`;
    await fixture.get(GateRepository).close({ dispatchId, changedBy: 'Caudal', reason });
    await tick();
    const told = {
      code: 'held_refused',
      text:
        'The provider refused 50 messages in a row, each with the code 132001: No such template. ' +
        'Mend it; then confirm it, or stop it.',
    };
    expect(await queueOf(id)).toMatchObject({ status: 'held', reason: told });
    const held = (await eventsOf(id)).filter(({ type }) => type === 'campaign.held');
    expect(held.map(({ payload }) => payload['code'])).toEqual(['refused']);

    expect((await confirm(id)).status).toBe(202);
    await tick();
    expect(await fixture.statusOf(id)).toBe('sending');
    expect(await threeWorkers(id, failing(0))).toBe(100);
  });

  describe('held by whoever has a reason', () => {
    it('begins nothing more, keeps its first reason, and goes on where it was when a person says so', async () => {
      const id = await running({});
      const workspaceId = await fixture.workspaceId();
      const hold = { workspaceId, campaignId: id, code: 'failure_rate', by: 'spec' } as const;
      const begun = (await begin(id, 4))!;
      const holding = fixture.get(CampaignHolding);
      const both = await Promise.all(['first', 'second'].map((reason) => holding.hold({ ...hold, reason })));
      expect(both.toSorted()).toEqual([false, true]);
      expect(await begin(id, 1)).toBeNull();
      const seqs = (await fixture.get(BatchRepository).pending(begun.batch)).map(({ seq }) => seq);
      expect(await fixture.get(BarrierRepository).pass(begun.batch, seqs, 'marketing', LEASE_MS)).toEqual({
        kind: 'gate-closed',
      });
      expect((await queueOf(id)).progress.inflight).toBe(4);
      await fixture.get(BatchRepository).release(begun.batch, null);
      expect((await fixture.call('POST', `/api/campaigns/${id}/queue-resume`)).status).toBe(409);
      const confirmed = await Promise.all([confirm(id), confirm(id)]);
      expect(confirmed.map(({ status }) => status).toSorted()).toEqual([202, 409]);
      expect(await fixture.statusOf(id)).toBe('sending');
      expect((await begin(id, 1))?.passed.kind).toBe('passed');
    });

    it('is not held once it is over', async () => {
      const id = await running({});
      await threeWorkers(id, failing(0));
      await tick();
      const hold = { workspaceId: await fixture.workspaceId(), campaignId: id, by: 'spec', reason: 'late' };
      expect(await fixture.get(CampaignHolding).hold({ ...hold, code: 'failure_rate' })).toBe(false);
      expect(await fixture.statusOf(id)).toBe('completed');
    });
  });

  it('keeps what was said of it over changes and copies, and refuses what cannot be', async () => {
    const canary = { size: '5%', maxFailureRate: 0.1, waitMinutes: 10 };
    const id = await fixture.createCampaign({
      message: 'Hola',
      contacts,
      canary,
      holdOnFailures: { rate: 0.3, of: 100 },
    });
    const shown = { ...canary, maxOptOutRate: null };
    const copy = await fixture.call('POST', `/api/campaigns/${id}/duplicate`);
    expect(copy.body).toMatchObject({ canary: shown, holdOnFailures: { rate: 0.3, of: 100 } });
    const changed = await fixture.call('PATCH', `/api/campaigns/${id}`, { canary: null, name: 'junio' });
    expect(changed.body).toMatchObject({ canary: null, holdOnFailures: { rate: 0.3, of: 100 } });
    for (const [fields, pointer] of [
      [{ canary: { size: 0, maxFailureRate: 0.1 } }, '/canary/size'],
      [{ canary: { size: '0%', maxFailureRate: 0.1 } }, '/canary/size'],
      [{ canary: { size: 5 } }, '/canary/maxFailureRate'],
      [{ canary: { size: 5, maxFailureRate: 5 } }, '/canary/maxFailureRate'],
      [{ canary: { size: 5, maxFailureRate: 0.1, wait: 3 } }, '/canary/wait'],
      [{ holdOnFailures: { rate: 0.1 } }, '/holdOnFailures/of'],
      [{ holdOnFailures: { rate: -1, of: 50 } }, '/holdOnFailures/rate'],
    ] as const) {
      const { status, body } = await fixture.call('PATCH', `/api/campaigns/${id}`, fields);
      expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
    }
  });
});
