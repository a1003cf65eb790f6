import { appendFile, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.js';
import { spoolRecordOf } from '../../src/router/intake/spool-record.js';
import { SpoolDrain } from '../../src/router/intake/spool-drain.js';
import { SpoolSegment } from '../../src/router/intake/spool-segment.js';
import { WebhookSpool } from '../../src/router/intake/webhook-spool.js';
import type { ApiApp } from '../support/api-app.js';
import { sqlOn, webhookEvent } from '../support/webhooks.js';
import { makeChannel, postWebhook, signedByMeta, startWebhookApp, type MadeChannel } from './webhook-app.js';

describe('webhooks while Postgres cannot take them', () => {
  let app: ApiApp;
  let evolution: MadeChannel;
  let folder: string;
  let server: { url: string; name: string };

  beforeAll(async () => {
    app = await startWebhookApp('api,router', { CAUDAL_WEBHOOK_SPOOL_BYTES: '20000' });
    await makeChannel(app, 'whatsapp-cloud');
    evolution = await makeChannel(app, 'evolution');
    const config = app.get(Config as never) as Config;
    folder = join(config.dataDir, 'spool');
    server = { url: config.databaseUrl!, name: new URL(config.databaseUrl!).pathname.slice(1) };
    // So that the secrets are known.
    expect((await postWebhook(app, evolution.webhookUrl, '{"before":1}')).status).toBe(200);
  });

  afterAll(() => app.stop());

  async function takeAway(): Promise<void> {
    await asNeighbour([
      `ALTER DATABASE ${server.name} WITH ALLOW_CONNECTIONS false`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${server.name}'`,
    ]);
  }

  async function giveBack(): Promise<void> {
    await asNeighbour([`ALTER DATABASE ${server.name} WITH ALLOW_CONNECTIONS true`]);
  }

  async function asNeighbour(statements: readonly string[]): Promise<void> {
    const url = new URL(server.url);
    url.pathname = '/postgres';
    const sql = sqlOn(url.href, 1);
    for (const statement of statements) await sql.query(statement);
    await sql.end();
  }

  async function stored(): Promise<string[]> {
    const rows = await app.sql.query<{ body: string }>(
      `SELECT convert_from(body, 'UTF8') AS body FROM webhook_events ORDER BY id`,
    );
    return rows.map(({ body }) => body);
  }

  it('W-09 are refused where the provider comes again, and kept on disk in order where it does not', async () => {
    await takeAway();
    const cloud = '{"entry":[]}';
    const refused = await postWebhook(app, '/webhook', cloud, signedByMeta(cloud));
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
    for (const nth of [1, 2, 3, 3]) {
      expect((await postWebhook(app, evolution.webhookUrl, `{"during":${nth}}`)).status).toBe(200);
    }
    const full = await postWebhook(app, evolution.webhookUrl, JSON.stringify({ x: 'x'.repeat(30_000) }));
    expect([full.status, JSON.parse(full.text)]).toMatchObject([503, { code: 'intake_unavailable' }]);
    await giveBack();
    await until(async () => (await readdir(folder)).length === 0);
    expect(await stored()).toEqual(['{"before":1}', '{"during":1}', '{"during":2}', '{"during":3}']);
    // What the provider repeats after all is known.
    expect((await postWebhook(app, evolution.webhookUrl, '{"during":2}')).status).toBe(200);
    expect(await stored()).toHaveLength(4);
  });

  it('W-11 survive the death of the process, whole, and the record that was being written is told of', async () => {
    const [row] = await app.sql.query<{ workspace_id: string }>(
      'SELECT workspace_id FROM channels WHERE id = $1',
      [evolution.id],
    );
    const channel = { workspaceId: row!.workspace_id, channelId: evolution.id, accountRef: '' };
    const arrivedAtMs = Date.now() - 3_600_000;
    const record = (nth: number) => {
      const event = webhookEvent(Buffer.from(`{"left":${nth}}`), [channel], {
        provider: 'evolution',
        scope: `channel:${evolution.id}`,
        addressChannelId: evolution.id,
      });
      return spoolRecordOf({ ...event, arrivedAtMs });
    };
    // As another process left it: nobody of this one knows it, and it was opened long ago.
    const segment = await SpoolSegment.open(folder);
    expect(await segment.append([record(1), record(2)])).toBe(true);
    await segment.close();
    await appendFile(join(folder, segment.name), record(3).subarray(0, -1));
    const drain = app.get(SpoolDrain);
    await drain.drain();
    expect(await stored()).not.toContain('{"left":1}');
    const old = `${String(Date.now() - 60_000).padStart(15, '0')}${segment.name.slice(15)}`;
    await rename(join(folder, segment.name), join(folder, old));
    await until(async () => (await readdir(folder)).includes(`${old}.torn`));
    expect((await stored()).slice(-2)).toEqual(['{"left":1}', '{"left":2}']);
    const came = await app.sql.query<{ at: Date }>(
      'SELECT received_at AS at FROM webhook_events ORDER BY id DESC LIMIT 2',
    );
    // Their time is that at which they came, and not that at which Postgres was there again.
    for (const { at } of came) expect(Math.abs(at.getTime() - arrivedAtMs)).toBeLessThan(60_000);
    expect(await readdir(folder)).toEqual([`${old}.torn`]);
  });

  it('go on being written to another segment while one is brought to Postgres', async () => {
    const spool = app.get(WebhookSpool);
    const channel = {
      workspaceId: '7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55',
      channelId: evolution.id,
      accountRef: '',
    };
    const events = [1, 2].map((nth) => webhookEvent(Buffer.from(`{"beside":${nth}}`), [channel]));
    await spool.keep(events[0]!);
    await Promise.all([app.get(SpoolDrain).drain(), spool.keep(events[1]!)]);
    await until(async () => (await stored()).filter((body) => body.startsWith('{"beside"')).length === 2);
  });
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 25_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it never came true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
