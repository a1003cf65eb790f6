import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CampaignsFixture } from './campaigns-app.js';

const RECIPIENTS = 600;

describe('preparing a campaign for several channels', () => {
  let fixture: CampaignsFixture;
  let contacts: string[];

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
  });

  beforeEach(async () => {
    contacts = await fixture.addContacts(RECIPIENTS);
  });

  afterAll(() => fixture?.stop());

  async function prepared(channelIds: readonly string[]): Promise<string> {
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds });
    const { status, text } = await fixture.start(id);
    expect(status, text).toBe(202);
    expect(await fixture.prepare(id)).toBe('prepared');
    return id;
  }

  async function shareOf(id: string, channelId: string): Promise<number> {
    const rows = await fixture.messagesOf(id);
    return rows.filter((row) => row.channel_id === channelId).length / rows.length;
  }

  async function batchesOf(id: string) {
    return fixture.sql.query<{ channelId: string; stickyTo: string | null; messages: number }>(
      `SELECT channel_id AS "channelId", sticky_to AS "stickyTo", sum(last_seq - first_seq + 1)::int AS messages
       FROM batches WHERE dispatch_id = $1 GROUP BY 1, 2 ORDER BY 3`,
      [await fixture.dispatchOf(id)],
    );
  }

  /** As if these had been written to by the channel in an earlier campaign, with this outcome. */
  async function wroteBefore(channelId: string, contactIds: readonly string[], state: string): Promise<void> {
    await fixture.sql.query(
      `WITH made AS (
         INSERT INTO dispatches (workspace_id, kind, category, content, policy, finished_at)
         SELECT workspace_id, 'run', 'marketing', '{}', '{}', now() FROM contacts LIMIT 1 RETURNING id
       )
       INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, recipient, state, attempt)
       SELECT made.id, row_number() OVER (), c.workspace_id, $1, c.recipient, $3::message_state, 1
       FROM made, contacts c WHERE c.id = ANY($2::bigint[])`,
      [channelId, contactIds, state],
    );
  }

  it('shares recipients out by weight and by what each channel can send', async () => {
    const slow = await fixture.createChannel({ limits: { perSecond: 10 } });
    const fast = await fixture.createChannel({ limits: { perSecond: 30 } });
    const heavy = await fixture.createChannel({ limits: { perSecond: 10 }, weight: 6 });
    const id = await prepared([slow, fast, heavy]);
    expect(await shareOf(id, slow)).toBeCloseTo(0.1, 1);
    expect(await shareOf(id, fast)).toBeCloseTo(0.3, 1);
    expect(await shareOf(id, heavy)).toBeCloseTo(0.6, 1);
  });

  it('gives the same person the same channel again while the shares are the same', async () => {
    const channelIds = [await fixture.createChannel(), await fixture.createChannel()];
    const [first, second] = [await prepared(channelIds), await prepared(channelIds)];
    const channelOf = async (id: string) =>
      new Map((await fixture.messagesOf(id)).map((row) => [row.recipient, row.channel_id]));
    expect(await channelOf(second)).toEqual(await channelOf(first));
  });

  it('gives nobody to a channel that cannot send, and spreads over all when none can', async () => {
    const [held, shut, good] = [
      await fixture.createChannel(),
      await fixture.createChannel(),
      await fixture.createChannel(),
    ];
    const hold = (id: string) =>
      fixture.sql.query(
        `UPDATE channels SET held_code = '190', held_reason = 'no', held_since = now(), version = version + 1 WHERE id = $1`,
        [id],
      );
    await hold(held);
    expect((await fixture.call('POST', `/api/channels/${shut}/breaker`, { action: 'open' })).status).toBe(
      200,
    );
    expect(await shareOf(await prepared([held, shut, good]), good)).toBe(1);
    await hold(good);
    // What a process knows of a channel is a third of a second old at most.
    let everywhere = '';
    await expect
      .poll(async () => shareOf((everywhere = await prepared([held, shut, good])), held), { timeout: 5000 })
      .toBeGreaterThan(0.2);
    expect(await shareOf(everywhere, good)).toBeGreaterThan(0.2);
  });

  it('stays with the channel that wrote last to a person, in batches of their own', async () => {
    const [a, b, outside] = [
      await fixture.createChannel(),
      await fixture.createChannel(),
      await fixture.createChannel(),
    ];
    const [before, after, failed, strangers] = [0, 150, 300, 450].map((at) => contacts.slice(at, at + 150));
    await wroteBefore(a, [...before!, ...after!], 'delivered');
    await wroteBefore(b, after!, 'accepted');
    await wroteBefore(b, failed!, 'failed');
    await wroteBefore(outside, strangers!, 'read');

    const id = await prepared([a, b]);

    const rows = new Map((await fixture.messagesOf(id)).map((row) => [row.contact_id, row.channel_id]));
    expect(before!.every((contact) => rows.get(contact) === a)).toBe(true);
    expect(after!.every((contact) => rows.get(contact) === b)).toBe(true);
    for (const others of [failed!, strangers!]) {
      expect(new Set(others.map((contact) => rows.get(contact)))).toEqual(new Set([a, b]));
    }
    const batches = await batchesOf(id);
    expect(batches.filter(({ stickyTo }) => stickyTo !== null)).toEqual([
      { channelId: expect.any(String), stickyTo: expect.any(String), messages: 150 },
      { channelId: expect.any(String), stickyTo: expect.any(String), messages: 150 },
    ]);
    expect(batches.every(({ channelId, stickyTo }) => stickyTo === null || stickyTo === channelId)).toBe(
      true,
    );
  });

  it('goes on without a channel that was deleted while recipients are being prepared', async () => {
    const [gone, left] = [await fixture.createChannel(), await fixture.createChannel()];
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [gone, left] });
    await fixture.start(id);
    expect((await fixture.call('DELETE', `/api/channels/${gone}`)).status).toBe(204);
    expect(await fixture.prepare(id)).toBe('prepared');
    expect(await shareOf(id, left)).toBe(1);
    expect((await fixture.call('PATCH', `/api/campaigns/${id}/rate`, { ratePerSecond: 5 })).status).toBe(200);
  });

  it('keeps a channel with batches to send from being deleted', async () => {
    const channelIds = [await fixture.createChannel(), await fixture.createChannel()];
    await prepared(channelIds);
    const { status, body } = await fixture.call('DELETE', `/api/channels/${channelIds[0]}`);
    expect([status, body.code]).toEqual([409, 'channel_in_use']);
  });

  it('estimates what several channels take together by what each can send', async () => {
    const channelIds = [
      await fixture.createChannel({ limits: { perSecond: 10 } }),
      await fixture.createChannel({ limits: { perSecond: 20 } }),
    ];
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds });
    const { body } = await fixture.start(id);
    expect(body).toMatchObject({ estimatedContacts: RECIPIENTS });
    // 600 at 30 a second.
    expect(Math.round(body.estimatedTime / 1000)).toBe(20);
  });
});
