import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChannelHolds } from '../../../src/channels/channel-holds.js';
import { ChannelStandings } from '../../../src/channels/channel-standings.js';
import { MetricsModule } from '../../../src/metrics/metrics.module.js';
import { RouterModule } from '../../../src/router/router.module.js';
import { ApiApp, assembled } from '../../support/api-app.js';
import { makeChannel, postWebhook, signedByMeta } from '../webhook-app.js';

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly channelId: string;
  readonly text: string;
  readonly times: number;
  readonly endedAt: string | null;
  readonly ackedBy: string | null;
}

const WABA = '9001';

describe('alerts', () => {
  let app: ApiApp;
  let channelId: string;
  let time = 1_767_225_600;

  beforeAll(async () => {
    app = await ApiApp.start({
      assembly: assembled((config) => [RouterModule.register(config), MetricsModule]),
      environment: { CAUDAL_ROLES: 'api,router,worker', CAUDAL_PUBLIC_URL: 'https://caudal.example.com' },
    });
    ({ id: channelId } = await makeChannel(app, 'whatsapp-cloud', { wabaId: WABA }));
  });

  afterAll(() => app.stop());

  async function listed(query = ''): Promise<Listed[]> {
    const reply = await app.inject('GET', `/api/alerts${query}`);
    if (reply.status !== 200) throw new Error(reply.text);
    return (JSON.parse(reply.text) as { items: Listed[] }).items;
  }

  async function isTold(field: string, value: object): Promise<void> {
    time += 1;
    const body = JSON.stringify({ entry: [{ id: WABA, time, changes: [{ field, value }] }] });
    expect((await postWebhook(app, '/webhook', body, signedByMeta(body))).status).toBe(200);
  }

  const template = (event: string) =>
    isTold('message_template_status_update', {
      event,
      message_template_name: 'promo',
      message_template_language: 'es',
    });

  it('tell of a template that the provider paused, once however often it says so, until it is approved again', async () => {
    await template('PAUSED');
    await expect
      .poll(() => listed())
      .toMatchObject([{ kind: 'template_barred', channelId, times: 1, endedAt: null }]);
    expect((await listed())[0]!.text).toContain('Template "promo" (es) is PAUSED.');
    await template('PAUSED');
    await expect.poll(() => listed()).toMatchObject([{ times: 2 }]);
    await template('APPROVED');
    await expect.poll(() => listed('?lasting=true')).toEqual([]);
    expect(await listed()).toMatchObject([{ kind: 'template_barred', endedAt: expect.any(String) }]);
  });

  it('tell of an account that was stopped as of the channel that is held for it, until the hold is lifted', async () => {
    await isTold('account_update', {
      event: 'ACCOUNT_RESTRICTION',
      restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING' }],
    });
    await expect.poll(() => listed('?lasting=true')).toMatchObject([{ kind: 'channel_held', channelId }]);
    expect((await listed())[0]!.text).toContain('account_stop');
    const [row] = await app.sql.query<{ id: string }>(
      'SELECT workspace_id AS id FROM channels WHERE id = $1',
      [channelId],
    );
    await app.app.get(ChannelHolds, { strict: false }).lift(row!.id, channelId);
    expect(await listed('?lasting=true')).toEqual([]);
  });

  it('tell of a number that is rated RED, and end when it is rated better', async () => {
    const rated = (quality: 'RED' | 'YELLOW') =>
      app.sql.transaction((tx) =>
        app.app.get(ChannelStandings, { strict: false }).heard(tx, channelId, {
          kind: 'standing',
          element: 0,
          accountRef: null,
          what: 'QUALITY',
          isStopped: false,
          quality,
        }),
      );
    await rated('RED');
    expect(await listed('?lasting=true')).toMatchObject([{ kind: 'number_quality', channelId }]);
    await rated('YELLOW');
    expect(await listed('?lasting=true')).toEqual([]);
  });

  it('are acknowledged by name, once, and only in their own workspace', async () => {
    const [newest] = await listed();
    const first = await app.inject('POST', `/api/alerts/${newest!.id}/ack`);
    expect(first.status).toBe(200);
    expect(JSON.parse(first.text)).toMatchObject({ id: newest!.id, ackedBy: expect.any(String) });
    expect(JSON.parse((await app.inject('POST', `/api/alerts/${newest!.id}/ack`)).text)).toEqual(
      JSON.parse(first.text),
    );
    for (const id of ['999999', 'x']) {
      const missing = await app.inject('POST', `/api/alerts/${id}/ack`);
      expect([missing.status, (JSON.parse(missing.text) as { code: string }).code]).toEqual([
        404,
        'alert_not_found',
      ]);
    }
  });

  it('are listed newest first, page by page', async () => {
    const all = await listed();
    const page = JSON.parse((await app.inject('GET', '/api/alerts?limit=1')).text) as { nextCursor: string };
    expect(await listed(`?limit=1&cursor=${page.nextCursor}`)).toEqual([all[1]]);
  });
});
