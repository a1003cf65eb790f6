import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/simulator/control-client.js';
import { insertDispatch, signatureOf, status, webhookBody, type WrittenStatus } from '../support/webhooks.js';
import { closeBooks } from './books.js';
import { Dice, isFull, seeds } from './dice.js';
import { untilStatus } from './scene.js';
import { expectAppliedOnce, untilNothingWaits } from './webhook-books.js';
import { postWebhook } from './webhook-post.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookStage } from './webhook-stage.js';
import { APP_SECRET } from './webhook-traffic.js';

const WAIT = { timeout: 60_000, interval: 50 };
const YEAR_SECONDS = 365 * 24 * 3600;
/** Slow enough for a status to come before the answer, and far from the time that a call may take. */
const SLOW_ANSWERS = { statusDelayMs: 10, latencyMs: 400 };

interface Shown {
  readonly id: string;
  readonly parked: readonly number[] | null;
  readonly apart: readonly { readonly element: number; readonly reason: string }[];
}

describe.runIf(isFull)('statuses that come too early, too late, or with one that is poison', () => {
  const stage = WebhookStage.set();
  let numbers = 0;

  /** A channel, and how to post what Meta might say of its number. */
  async function channel(settings: object) {
    const { stack } = stage;
    await stack.simulator.clearLedger();
    numbers += 1;
    const accountRef = `1065403522430${String(numbers).padStart(2, '0')}`;
    const channelId = await stack.createChannel({
      phoneNumberId: accountRef,
      appSecret: APP_SECRET,
      ...settings,
    });
    return { channelId, say: (statuses: readonly WrittenStatus[]) => post(accountRef, statuses) };
  }

  /** A campaign on a channel of its own. */
  async function campaign(messages: number, settings: object) {
    const { channelId, say } = await channel(settings);
    const campaignId = await stage.stack.createCampaign(messages, channelId, stage.nextPeople());
    return { campaignId, say };
  }

  async function post(accountRef: string, statuses: readonly unknown[]): Promise<void> {
    const body = webhookBody(accountRef, statuses);
    const proof = { 'x-hub-signature-256': signatureOf(body, APP_SECRET) };
    const answer = await postWebhook(`${stage.stack.routerUrl}/webhook`, body, proof);
    expect(answer.status).toBe(200);
  }

  async function statesOf(dispatchId: string): Promise<Record<string, number>> {
    const rows = await stage.stack.ledger.sql.query<{ state: string; n: number }>(
      'SELECT state, count(*)::int AS n FROM messages WHERE dispatch_id = $1 GROUP BY state',
      [dispatchId],
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  }

  async function callsOf(dispatchId: string): Promise<LedgerEntry[]> {
    const page = await stage.stack.simulator.ledgerPage({ callbackPrefix: `${dispatchId}:`, limit: 50_000 });
    return page.items;
  }

  /** What the provider has called its messages, as far as that is known here. */
  async function heardOf(dispatchId: string): Promise<ReadonlySet<string>> {
    const rows = await stage.stack.ledger.sql.query<{ id: string }>(
      'SELECT provider_id AS id FROM provider_refs WHERE dispatch_id = $1',
      [dispatchId],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async function inState(state: string): Promise<Shown[]> {
    const { body } = await stage.stack.api.get<{ items: Shown[] }>(`/api/webhook-events?state=${state}`);
    return body.items;
  }

  it.each(seeds)(
    'W-03 failed behind sent counts, having arrived wins over it, and a failure behind that is nothing [seed %i]',
    async (seed) => {
      const dice = new Dice('W-03', seed);
      const { stack } = stage;
      const { campaignId, say } = await campaign(300, { statusDelayMs: 5, deliveredRate: 0, seed });
      await stack.start(campaignId);
      await untilStatus(stack, campaignId, 'completed');
      const dispatchId = await stack.dispatchOf(campaignId);
      await expect.poll(() => statesOf(dispatchId), WAIT).toEqual({ sent: 300 });
      const ids = (await callsOf(dispatchId)).map(({ callbackData }) => callbackData!);
      const failing = ids.filter(() => dice.chance(0.6));
      const arriving = ids.filter((id) => !failing.includes(id));
      const failed = (id: string): WrittenStatus =>
        status('failed', id, { errors: [{ code: 131026, title: 'Message undeliverable' }] });

      await say([...failing.map(failed), ...arriving.map((id) => status('delivered', id))]);
      await untilNothingWaits(stack);
      expect(await statesOf(dispatchId)).toEqual({ failed: failing.length, delivered: arriving.length });

      const arrivedAfterAll = failing.filter(() => dice.chance(0.5));
      await say([
        ...arriving.map(failed),
        ...arrivedAfterAll.map((id) => status(dice.pick(['delivered', 'read']), id)),
      ]);
      await untilNothingWaits(stack);
      const { failed: stillFailed = 0 } = await statesOf(dispatchId);
      expect(stillFailed).toBe(failing.length - arrivedAfterAll.length);
      const trail = await stack.ledger.sql.query<{ outcome: string; n: number }>(
        `SELECT outcome, count(*)::int AS n FROM attempts WHERE dispatch_id = $1 AND source = 'webhook' GROUP BY outcome`,
        [dispatchId],
      );
      expect(Object.fromEntries(trail.map(({ outcome, n }) => [outcome, n]))).toEqual({
        failed: failing.length,
        contradicted: arrivedAfterAll.length,
      });
      await closeBooks(dice, stack, campaignId, { 'arrived after a failure': arrivedAfterAll.length });
    },
  );

  it.each(seeds)(
    'W-04 a status that comes before the answer to its call finds its message by our id [seed %i]',
    async (seed) => {
      const dice = new Dice('W-04', seed);
      const { stack } = stage;
      const messages = 800;
      const { campaignId } = await campaign(messages, { ...SLOW_ANSWERS, readRate: 0, seed });
      await stack.start(campaignId);
      const dispatchId = await stack.dispatchOf(campaignId);
      const early = async (): Promise<number> => {
        const [row] = await stack.ledger.sql.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM messages m WHERE dispatch_id = $1 AND state = 'delivered'
             AND NOT EXISTS (SELECT FROM provider_refs r WHERE r.dispatch_id = m.dispatch_id AND r.seq = m.seq)
             AND NOT EXISTS (SELECT FROM receipts r WHERE r.dispatch_id = m.dispatch_id AND m.seq = ANY(r.seqs))`,
          [dispatchId],
        );
        return row!.n;
      };
      await expect.poll(early, WAIT).toBeGreaterThan(0);
      const before = await early();
      await untilStatus(stack, campaignId, 'completed');
      const books = await closeBooks(dice, stack, campaignId, { 'delivered before the answer': before });
      expect(books.progress).toMatchObject({ delivered: messages });
    },
  );

  // Of single messages the provider's id is kept as a name of its own; in a campaign our id comes back in each status.
  it.each(seeds)(
    'W-04 a status that comes before the answer to its call finds its message by the provider’s id [seed %i]',
    async (seed) => {
      const dice = new Dice('W-04', seed);
      const { stack } = stage;
      const { channelId, say } = await channel({ ...SLOW_ANSWERS, readRate: 0, seed });
      const phones = Array.from({ length: 60 }, (_, nth) => `+5215${String(540_000_000 + nth)}`);
      const posted = phones.map((phone) =>
        stack.api.post('/api/messages', { phone, message: 'Hola', channelId }),
      );
      expect(new Set((await Promise.all(posted)).map(({ status: code }) => code))).toEqual(new Set([202]));
      const [{ dispatchId }] = (await stack.ledger.sql.query<{ dispatchId: string }>(
        'SELECT DISTINCT dispatch_id AS "dispatchId" FROM messages WHERE channel_id = $1',
        [channelId],
      )) as [{ dispatchId: string }];
      const told = new Set<string>();
      let unheard = 0;
      const tell = async (): Promise<number> => {
        const heard = await heardOf(dispatchId);
        const news = (await callsOf(dispatchId)).filter(({ id }) => !told.has(id));
        unheard += news.filter(({ id }) => !heard.has(id)).length;
        if (news.length > 0) await say(news.map(({ id }) => status('read', null, { id })));
        for (const { id } of news) told.add(id);
        return told.size;
      };
      await expect.poll(tell, WAIT).toBe(phones.length);
      await untilNothingWaits(stack);
      expect(await statesOf(dispatchId)).toEqual({ read: phones.length });
      const { duplicates } = await stack.simulator.summary({ callbackPrefix: `${dispatchId}:` });
      dice.tell({
        messages: phones.length,
        duplicates,
        lost: 0,
        unknown: 0,
        'told before the answer': unheard,
      });
      expect(unheard).toBeGreaterThan(0);
      expect(duplicates).toBe(0);
    },
  );

  it.each(seeds)(
    'W-05 a status of an unknown message is taken, waits for it, and is shown apart after 15 minutes [seed %i]',
    async (seed) => {
      const dice = new Dice('W-05', seed);
      const { stack } = stage;
      const { sql } = stack.ledger;
      const { dispatchId, traffic } = await stage.cast(dice, 500, 0);
      const lives = traffic.lives.slice(0, 40);
      const [late, lost] = [lives.slice(0, 20), lives.slice(20)];
      const statusOf = (seq: number): WrittenStatus =>
        status('read', null, { id: `wamid.w05.${seed}.${seq}` });
      const know = (of: typeof lives): Promise<unknown> =>
        sql.query(
          `INSERT INTO provider_refs (workspace_id, channel_id, dispatch_id, provider_id, seq, attempt)
           SELECT $1, $2, $3, 'wamid.w05.' || $4 || '.' || seq, seq, 1 FROM unnest($5::int[]) AS seq`,
          [
            stage.channel.workspaceId,
            stage.channel.channelId,
            dispatchId,
            String(seed),
            of.map(({ seq }) => seq),
          ],
        );
      // So many minutes later, for everything that waits.
      const age = (minutes: number): Promise<unknown> =>
        sql.query(
          `WITH aged AS (UPDATE webhook_backlog SET not_before = now() RETURNING event_id)
           UPDATE webhook_events e SET received_at = received_at - $1 * interval '1 minute' FROM aged
           WHERE e.id = aged.event_id`,
          [minutes],
        );
      await post(
        stage.channel.accountRef,
        [...late, ...lost].map(({ seq }) => statusOf(seq)),
      );
      await expect.poll(async () => (await inState('parked'))[0]?.parked?.length, WAIT).toBe(40);
      await know(late);
      await age(10);
      await expect.poll(async () => (await inState('parked'))[0]?.parked?.length, WAIT).toBe(20);
      expect(await statesOf(dispatchId)).toMatchObject({ read: 20 });
      await age(6);
      await untilNothingWaits(stack);
      const [orphan] = await inState('quarantined');
      expect(orphan!.apart).toHaveLength(20);
      expect(new Set(orphan!.apart.map(({ reason }) => reason))).toEqual(
        new Set(['no message with its id became known in time']),
      );
      await know(lost);
      const replay = await stack.api.post(`/api/webhook-events/${orphan!.id}/replay`);
      expect(replay.status).toBe(202);
      await expect.poll(() => statesOf(dispatchId), WAIT).toMatchObject({ read: 40 });
      expect(await inState('quarantined')).toEqual([]);
      expect(await stack.ledger.progress.of(dispatchId)).toEqual(
        await stack.ledger.progress.recount(dispatchId),
      );
      dice.tell({
        'of no known message': 40,
        'found in time': late.length,
        'set apart': lost.length,
        lost: 0,
      });
    },
  );

  it.each(seeds)(
    'W-12 what was valid a year ago changes nothing when it comes again, kept or forgotten [seed %i]',
    async (seed) => {
      const dice = new Dice('W-12', seed);
      const { stack } = stage;
      const cast = await stage.cast(dice, 2000, 200);
      const { traffic, dispatchId } = cast;
      await stage.learnProviderIds(cast);
      await new WebhookSender(stack.routerUrl).send(traffic.posts, { connections: 8 });
      await expectAppliedOnce(stack, traffic, dispatchId);
      const past = `now() - ${YEAR_SECONDS} * interval '1 second'`;
      await stack.ledger.sql.query(`UPDATE webhook_events SET received_at = ${past}`);
      const replay = new WebhookSender(stack.routerUrl);
      await replay.send(traffic.posts, { connections: 8 });
      await expectAppliedOnce(stack, traffic, dispatchId);
      // As retention leaves it: nobody knows the bytes any more.
      await stack.ledger.sql.query('DELETE FROM webhook_events');
      await replay.send(traffic.posts, { connections: 8 });
      await expectAppliedOnce(stack, traffic, dispatchId);
      dice.tell({
        bodies: traffic.differentBodies,
        replayed: replay.answered(200),
        'answered 503': replay.answered(503),
        duplicates: 0,
        lost: 0,
      });
      expect(replay.answered(200)).toBe(2 * traffic.posts.length);
    },
  );

  it.each(seeds)(
    'W-13 of a thousand statuses the one that cannot be applied waits apart, and is replayed [seed %i]',
    async (seed) => {
      const dice = new Dice('W-13', seed);
      const { api, ledger } = stage.stack;
      const dispatchId = await insertDispatch(ledger.sql, stage.channel, 1000);
      const poison = Math.ceil(dice.between(0, 1000));
      await ledger.sql.query(
        `ALTER TABLE messages ADD CONSTRAINT poison CHECK (dispatch_id <> ${dispatchId} OR seq <> ${poison} OR state <> 'read')`,
      );
      const all = Array.from({ length: 1000 }, (_, at) => status('read', `${dispatchId}:${at + 1}:1`));
      const beganAt = performance.now();
      await post(stage.channel.accountRef, all);
      await untilNothingWaits(stage.stack);
      const appliedMs = Math.round(performance.now() - beganAt);
      expect(await ledger.progress.of(dispatchId)).toMatchObject({ read: 999, accepted: 1 });
      const [event] = await inState('quarantined');
      expect(event!.apart).toMatchObject([
        { element: poison - 1, reason: expect.stringContaining('poison') },
      ]);
      await ledger.sql.query('ALTER TABLE messages DROP CONSTRAINT poison');
      expect(await api.post(`/api/webhook-events/${event!.id}/replay`)).toMatchObject({
        status: 202,
        body: { elements: [poison - 1] },
      });
      await expect.poll(() => ledger.progress.of(dispatchId), WAIT).toMatchObject({ read: 1000 });
      expect(await inState('quarantined')).toEqual([]);
      expect(await ledger.progress.of(dispatchId)).toEqual(await ledger.progress.recount(dispatchId));
      dice.tell({ statuses: 1000, 'applied at once': 999, 'set apart': 1, 'applied ms': appliedMs, lost: 0 });
    },
  );
});
