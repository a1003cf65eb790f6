import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hashOfKey, newApiKey } from '../../src/auth/api-key.js';
import { ApiClient } from '../support/api-client.js';
import { insertDispatch, signatureOf, status, webhookBody } from '../support/webhooks.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { canReadMemory, forgetPeak, peakMb, residentMb } from './process-memory.js';
import { untilNothingWaits } from './webhook-books.js';
import { changedAt, changedBodies, forgedSignatures } from './webhook-forgeries.js';
import { postWebhook, pourWebhook } from './webhook-post.js';
import { WebhookStage } from './webhook-stage.js';
import { APP_SECRET } from './webhook-traffic.js';

const WAIT = { timeout: 60_000, interval: 50 };
const MB = 1024 * 1024;
const PROOF = 'x-hub-signature-256';
/** Of the default CAUDAL_WEBHOOK_MAX_BYTES. */
const MOST_BYTES = 4 * MB;
/** What 64 MiB of large bodies, and what the engine has not yet collected of them, may take. */
const MOST_GROWTH_MB = 400;
/** What fits into one body. */
const MOST_STATUSES = isSoak ? 25_000 : 8000;
const LOOKS = 200;

describe.runIf(isFull)('webhooks that should not be believed', () => {
  const stage = WebhookStage.set();

  const post = (body: Buffer, headers: Record<string, string> = {}, path = '/webhook') =>
    postWebhook(`${stage.stack.routerUrl}${path}`, body, headers);
  const signed = (body: Buffer, secret = APP_SECRET) => post(body, { [PROOF]: signatureOf(body, secret) });

  if (!canReadMemory) process.stdout.write('W-08 is left out: the memory of a process is read from /proc\n');

  async function kept(): Promise<number> {
    const [row] = await stage.stack.ledger.sql.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM webhook_events',
    );
    return row!.n;
  }

  async function expectCounted(dispatchId: string): Promise<void> {
    const { progress } = stage.stack.ledger;
    expect(await progress.of(dispatchId)).toEqual(await progress.recount(dispatchId));
  }

  it.each(seeds)('W-06 nothing but the whole signature of these bytes is a proof [seed %i]', async (seed) => {
    const dice = new Dice('W-06', seed);
    const { sql } = stage.stack.ledger;
    const dispatchId = await insertDispatch(sql, stage.channel, 1);
    const body = webhookBody(stage.channel.accountRef, [status('read', `${dispatchId}:1:1`)]);
    const right = signatureOf(body, APP_SECRET);
    const wrong = forgedSignatures(body, APP_SECRET, dice);
    const before = await kept();
    const refusals = new Set<string>();
    const refused = async (of: Buffer, headers: Record<string, string>, path?: string): Promise<void> => {
      const { status: code, text } = await post(of, headers, path);
      const { requestId: _requestId, ...told } = JSON.parse(text) as Record<string, unknown>;
      refusals.add(`${code} ${JSON.stringify({ ...told, instance: undefined })}`);
    };
    await refused(body, {});
    await refused(body, { 'x-hub-signature': right });
    for (const signature of wrong) await refused(body, { [PROOF]: signature });
    // Had anybody looked into it, it would be told that it is no JSON.
    for (const broken of ['{"entry": [', '', '['.repeat(MB)])
      await refused(Buffer.from(broken), { [PROOF]: right });
    const address = new URL(stage.evolutionUrl).pathname;
    const nobody = address.replace(/[^/]+\/[^/]+$/, `${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}/x`);
    for (const path of [
      address.slice(0, -1),
      `${address}x`,
      address.toUpperCase().replace('/WEBHOOKS', '/webhooks'),
    ])
      await refused(Buffer.from('{}'), {}, path);
    await refused(Buffer.from('{}'), {}, nobody);
    // One answer for all of them: it says nothing of what was right about which.
    expect([...refusals]).toEqual([expect.stringMatching(/^401 .*bad_signature/)]);
    expect(await kept()).toBe(before);

    // By turns, so that whatever else the machine does happens to both.
    const tookMs: [number[], number[]] = [[], []];
    for (let look = 0; look < LOOKS; look += 1) {
      for (const [nth, at] of [0, 63].entries()) {
        const beganAt = performance.now();
        await post(body, { [PROOF]: changedAt(right, at) });
        tookMs[nth]!.push(performance.now() - beganAt);
      }
    }
    const [first, last] = tookMs.map((took) => took.toSorted((a, b) => a - b)[LOOKS / 2]!.toFixed(2));
    expect((await signed(body)).status).toBe(200);
    await untilNothingWaits(stage.stack);
    expect(await stage.stack.ledger.progress.of(dispatchId)).toMatchObject({ read: 1 });
    dice.tell({
      'wrong proofs': wrong.length + 9,
      'median ms, first digit wrong': first,
      'median ms, last digit wrong': last,
    });
  });

  it.each(seeds)('W-07 a signature holds for its very bytes and for no others [seed %i]', async (seed) => {
    const dice = new Dice('W-07', seed);
    const { sql } = stage.stack.ledger;
    const dispatchId = await insertDispatch(sql, stage.channel, 1);
    const said = {
      id: `wamid.w07.${seed}`,
      title: 'añadió 👩‍👩‍👧 “sí” e\u0301 \\ud83d\\ude00 \u2028',
    };
    const text = webhookBody(stage.channel.accountRef, [
      status('read', `${dispatchId}:1:1`, { ...said }),
    ]).toString();
    const body = Buffer.from(text);
    const proof = { [PROOF]: signatureOf(body, APP_SECRET) };
    const others = changedBodies(body, dice);
    const before = await kept();
    for (const other of others)
      expect([(await post(other, proof)).status, other.equals(body)]).toEqual([401, false]);
    expect(await kept()).toBe(before);
    expect((await post(body, proof)).status).toBe(200);
    await untilNothingWaits(stage.stack);
    const [event] = await sql.query<{ body: Buffer }>(
      'SELECT body FROM webhook_events ORDER BY id DESC LIMIT 1',
    );
    expect(event!.body.equals(body)).toBe(true);
    await expectCounted(dispatchId);
    dice.tell({ 'changed bodies': others.length, 'of them taken': 0 });
  });

  it.skipIf(!canReadMemory).each(seeds)(
    'W-08 bodies too long, too dense or too deep are refused, or taken and set apart, in bounded memory [seed %i]',
    async (seed) => {
      const dice = new Dice('W-08', seed);
      const { stack } = stage;
      const url = `${stack.routerUrl}/webhook`;
      const restMb = residentMb(stack.router.pid);
      forgetPeak(stack.router.pid);
      const hundred = 100 * MB;
      const announced = await pourWebhook(url, hundred, { 'content-length': String(hundred) });
      const unannounced = await pourWebhook(url, hundred, { 'transfer-encoding': 'chunked' });
      for (const { status: code, poured } of [announced, unannounced]) {
        expect([413, 0]).toContain(code);
        expect(poured).toBeLessThan(hundred / 2);
      }

      // Nobody has proved anything, and each would be held whole.
      const flood = await Promise.all(
        Array.from({ length: 200 }, () =>
          pourWebhook(url, MOST_BYTES - MB, { 'transfer-encoding': 'chunked' }),
        ),
      );
      const answers = flood.map((one) => one.status);
      expect(answers.filter((code) => ![401, 503, 0].includes(code))).toEqual([]);
      expect(answers.filter((code) => code === 401).length).toBeGreaterThan(0);
      const floodMb = peakMb(stack.router.pid);
      expect(floodMb - restMb).toBeLessThan(MOST_GROWTH_MB);

      const bomb = gzipSync(Buffer.alloc(hundred, '{"entry":'), { level: 9 });
      const bombed = await post(bomb, { [PROOF]: signatureOf(bomb, APP_SECRET), 'content-encoding': 'gzip' });
      expect(bombed.status).toBe(200);

      const dispatchId = await insertDispatch(stack.ledger.sql, stage.channel, MOST_STATUSES);
      const levels = Math.round(dice.between(3000, 100_000));
      const deep = '['.repeat(levels) + ']'.repeat(levels);
      const message = `{"from":"5215512345678","id":"wamid.${seed}","timestamp":"1763700000","type":"x","x":${deep}}`;
      const plain = webhookBody(stage.channel.accountRef, [status('sent', `${dispatchId}:1:1`)]).toString();
      for (const body of [deep, plain.replace('"statuses"', `"messages":[${message}],"statuses"`)])
        expect((await signed(Buffer.from(body))).status).toBe(200);
      const many = Array.from({ length: MOST_STATUSES }, (_, at) =>
        status('delivered', `${dispatchId}:${at + 1}:1`),
      );
      const beganAt = performance.now();
      expect((await signed(webhookBody(stage.channel.accountRef, many))).status).toBe(200);
      await untilNothingWaits(stack);
      const appliedMs = Math.round(performance.now() - beganAt);
      expect(await stack.ledger.progress.of(dispatchId)).toMatchObject({ delivered: MOST_STATUSES });
      await expectCounted(dispatchId);
      const apart = await stack.ledger.sql.query<{ reason: string }>(
        'DELETE FROM webhook_quarantine RETURNING reason',
      );
      expect(apart.map(({ reason }) => reason).toSorted()).toEqual([
        'the body holds no list "entry"',
        'the body is not JSON',
        'what it says is nested deeper than 100 levels',
      ]);
      dice.tell({
        'router MB before': restMb,
        'at most': peakMb(stack.router.pid),
        'large bodies at once': flood.length,
        'of them read': answers.filter((code) => code === 401).length,
        levels,
        statuses: MOST_STATUSES,
        'applied ms': appliedMs,
      });
    },
  );

  it.each(seeds)(
    "W-15 one tenant's webhook that names another's messages has no effect on them [seed %i]",
    async (seed) => {
      const dice = new Dice('W-15', seed);
      const { stack, channel } = stage;
      const { sql } = stack.ledger;
      const cast = await stage.cast(dice, 500, 0);
      await stage.learnProviderIds(cast);
      const key = newApiKey();
      const [workspace] = await sql.query<{ id: string }>(
        "INSERT INTO workspaces (name) VALUES ('A') RETURNING id",
      );
      await sql.query(
        "INSERT INTO api_keys (workspace_id, name, role, key_hash) VALUES ($1, 'a', 'admin', $2)",
        [workspace!.id, hashOfKey(key)],
      );
      const secret = randomBytes(16).toString('hex');
      const api = new ApiClient(stack.front.baseUrl, key);
      const own = `9065403522${String(seed).slice(0, 5)}`;
      // A number of its own, and one that it only says is its own.
      for (const phoneNumberId of [own, channel.accountRef]) {
        const settings = { phoneNumberId, appSecret: secret };
        const made = await api.post('/api/channels', {
          name: `a ${phoneNumberId}`,
          provider: 'simulator',
          settings,
        });
        expect([201, 409]).toContain(made.status);
      }
      const book = async (): Promise<unknown> =>
        sql.query(
          `SELECT (SELECT md5(string_agg(m::text, ',' ORDER BY m.seq)) FROM messages m WHERE dispatch_id = $2) AS messages,
                (SELECT md5(string_agg(c::text, ',' ORDER BY c.slot)) FROM dispatch_counters c WHERE dispatch_id = $2) AS counters,
                (SELECT jsonb_object_agg(type, n) FROM (
                  SELECT type, count(*)::int AS n FROM outbox
                  WHERE workspace_id = $1 AND type NOT LIKE 'channel.%' GROUP BY type) AS by_type) AS told,
                (SELECT count(*)::int FROM contacts WHERE workspace_id = $1) AS contacts,
                (SELECT count(*)::int FROM suppressions WHERE workspace_id = $1) AS suppressed,
                (SELECT count(*)::int FROM inbound_messages WHERE workspace_id = $1) AS heard`,
          [channel.workspaceId, cast.dispatchId],
        );
      const before = await book();
      const errors = [{ code: 131050, title: 'User has stopped receipt of marketing messages' }];
      const lives = cast.traffic.lives;
      const foreign = lives.flatMap(({ seq, providerId }) => [
        status(dice.pick(['read', 'delivered']), `${cast.dispatchId}:${seq}:1`),
        status('failed', `${cast.dispatchId}:${seq}:1`, { errors }),
        ...(providerId === null ? [] : [status('read', null, { id: providerId })]),
      ]);
      const stop = {
        from: '5215519999999',
        id: `wamid.w15.${seed}`,
        timestamp: '1763700000',
        type: 'text',
        text: { body: 'STOP' },
      };
      for (const accountRef of [own, channel.accountRef]) {
        const body = webhookBody(accountRef, foreign).toString();
        const withStop = body.replace('"statuses"', `"messages":[${JSON.stringify(stop)}],"statuses"`);
        expect((await signed(Buffer.from(withStop), secret)).status).toBe(200);
        const atTheirs = { [PROOF]: signatureOf(Buffer.from(withStop), secret) };
        expect((await post(Buffer.from(withStop), atTheirs, `/webhooks/${channel.channelId}`)).status).toBe(
          401,
        );
      }
      await expect
        .poll(async () => {
          const [row] = await sql.query<{ n: number }>(
            'SELECT count(*)::int AS n FROM webhook_backlog WHERE not_before IS NULL',
          );
          return row!.n;
        }, WAIT)
        .toBe(0);
      expect(await book()).toEqual(before);
      await expectCounted(cast.dispatchId);
      dice.tell({ 'foreign statuses': 2 * foreign.length, 'of them applied': 0 });
    },
  );
});
