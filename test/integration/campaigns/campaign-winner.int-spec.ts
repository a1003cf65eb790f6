import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GovernanceTicks } from '../../../src/campaigns/governance/governance-ticks.js';
import { WinnerTicks } from '../../../src/campaigns/variants/winner-ticks.js';
import type { Conversation } from '../../../src/router/conversations/conversation.js';
import { ThreadRepository } from '../../../src/router/conversations/thread.repository.js';
import type { CampaignsFixture } from './campaigns-app.js';
import { REFUSED, VARIANTS, VariantsFixture } from './variants-app.js';

describe('a campaign with variants of which one is chosen', () => {
  let app: VariantsFixture;
  let fixture: CampaignsFixture;
  let channelId: string;

  beforeAll(async () => {
    app = await VariantsFixture.start();
    ({ fixture, channelId } = app);
  });

  afterAll(() => fixture?.stop());

  const tick = async (): Promise<void> => {
    await fixture.get(GovernanceTicks).run();
    await fixture.get(WinnerTicks).run();
  };
  /** The stage was settled so long ago. */
  const later = (id: string, minutes: number) =>
    fixture.sql.query(
      `UPDATE campaigns SET stage_settled_at = stage_settled_at - $2 * interval '1 minute' WHERE id = $1`,
      [id, minutes],
    );
  const rule = { metric: 'read', testSize: 40, afterMinutes: 30 };
  const equal = VARIANTS.map(({ name, message }) => ({ name, message }));

  async function testing(tag: string, over: object = {}): Promise<string> {
    await fixture.addContacts(100, { tags: [tag] });
    return app.started({ variants: equal, winner: { ...rule, ...over } }, tag);
  }

  const reasonOf = async (id: string) =>
    (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body.status.reason;

  it('tests as many as it says, waits, chooses the most read, and gives it to all the others', async () => {
    const id = await testing('prueba');
    const rows = await app.rowsOf(id);
    expect(rows.filter(({ variant }) => variant !== null)).toHaveLength(40);
    expect(await app.visit(id)).toHaveLength(40);
    expect(await app.visit(id)).toHaveLength(0);
    const ofB = rows.filter(({ variant }) => variant === 1).map(({ seq }) => seq);
    await app.read(id, ofB);
    await tick();
    const reason = await reasonOf(id);
    expect(reason).toMatchObject({ code: 'test_waiting', text: expect.stringMatching(/at 20/) });
    expect(await fixture.statusOf(id)).toBe('sending');
    expect(await app.visit(id)).toHaveLength(0);
    expect((await app.variantsOf(id)).variants).toMatchObject([
      { variant: 'A' },
      { variant: 'B', readRate: 1 },
      { variant: null, recipients: 60, sent: 0, readRate: null },
    ]);

    await later(id, 31);
    await Promise.all([tick(), tick(), tick()]);
    const shown = await app.variantsOf(id);
    expect(shown.winner).toMatchObject({
      variant: 'B',
      chosenBy: 'Caudal',
      reason: `Most of it was read: "A" 0 of ${40 - ofB.length}, "B" ${ofB.length} of ${ofB.length}.`,
      tested: [
        { name: 'A', read: 0 },
        { name: 'B', read: ofB.length },
      ],
    });
    const rest = await app.visit(id);
    expect(rest).toHaveLength(60);
    expect(rest.every(({ text }) => text === 'Hola, tu saldo es 100')).toBe(true);
    expect((await app.variantsOf(id)).variants).toMatchObject([
      { variant: 'A' },
      { recipients: 60 + ofB.length },
    ]);
    const last = rows.findLast(({ variant }) => variant === null)!;
    const talk = { contactId: last.contact_id!, channelId, phone: last.recipient } as Conversation;
    const thread = new ThreadRepository(fixture.sql, fixture.sql);
    expect(await thread.page(await fixture.workspaceId(), talk, null, 5)).toMatchObject([
      { direction: 'out', content: { type: 'text', text: 'Hola, tu saldo es 100' } },
    ]);
    const [told] = await fixture.sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM outbox WHERE type = 'campaign.winner_chosen' AND payload->>'campaignId' = $1`,
      [id],
    );
    expect(told!.n).toBe(1);
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('completed');
  });

  it('chooses by replies, and sends the chosen one again to whom it failed', async () => {
    const id = await testing('respuestas', { metric: 'reply' });
    await app.visit(id);
    const own = (await app.rowsOf(id)).filter(({ variant }) => variant === 0);
    for (const row of own.slice(0, 6)) await app.replied(row, 10);
    await tick();
    await later(id, 30);
    await tick();
    expect((await app.variantsOf(id)).winner).toMatchObject({
      variant: 'A',
      reason: expect.stringMatching(/^Most of it was answered: "A" 6 of/),
    });
    await app.visit(id, () => REFUSED);
    await fixture.tick();
    await fixture.call('POST', `/api/campaigns/${id}/resend`, { states: ['failed'] });
    await fixture.prepare(id);
    const again = await app.visit(id);
    expect(again).toHaveLength(60);
    expect(again.every(({ text }) => text.endsWith('corre'))).toBe(true);
  });

  it('lets a person choose earlier, once, and the rest begins while the test goes on', async () => {
    const id = await testing('persona');
    const chosen = await fixture.call('POST', `/api/campaigns/${id}/winner`, { variant: 'a' });
    expect(chosen).toMatchObject({
      status: 200,
      body: { winner: { variant: 'A', reason: / chose it\.$/ } },
    });
    expect((await app.visit(id)).filter(({ text }) => text.endsWith('corre')).length).toBeGreaterThanOrEqual(
      60,
    );
    const same = await fixture.call('POST', `/api/campaigns/${id}/winner`, { variant: 'A' });
    expect(same.status).toBe(200);
    const other = await fixture.call('POST', `/api/campaigns/${id}/winner`, { variant: 'B' });
    expect(other).toMatchObject({ status: 409, body: { code: 'winner_chosen', winner: 'A' } });
    const [entry] = await fixture.sql.query<{ details: object }>(
      `SELECT details FROM audit_log WHERE action = 'campaign.winner' AND subject = $1`,
      [id],
    );
    expect(entry!.details).toMatchObject({ winner: 'A' });
  });

  it('has the time of its test in what preflight says', async () => {
    await fixture.addContacts(50, { tags: ['tiempo'] });
    const fields = {
      variants: equal,
      audience: { tags: ['tiempo'] },
      channelIds: [channelId],
      ratePerSecond: 10,
    };
    const preflight = async (over: object) => {
      const id = await fixture.createCampaign({ ...fields, ...over });
      return (await fixture.call('GET', `/api/campaigns/${id}/preflight`)).body.durationMs as number;
    };
    const without = await preflight({});
    expect(await preflight({ winner: rule })).toBe(without + 30 * 60_000);
    expect(await preflight({ winner: { ...rule, testSize: 50 } })).toBe(without);
  });

  it('keeps an early choice until the canary and the test are sent', async () => {
    const canary = { size: 10, maxFailureRate: 0.5, waitMinutes: 0 };
    await fixture.addContacts(100, { tags: ['temprano'] });
    const id = await app.started({ variants: equal, winner: rule, canary }, 'temprano');
    await fixture.call('POST', `/api/campaigns/${id}/winner`, { variant: 'B' });
    const counts: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      counts.push((await app.visit(id)).length);
      await tick();
    }
    expect(counts).toEqual([10, 30, 60]);
  });

  it('refuses a choice where there is none', async () => {
    const draft = await fixture.createCampaign({
      variants: equal,
      winner: rule,
      audience: { all: true },
      channelIds: [channelId],
    });
    const early = await fixture.call('POST', `/api/campaigns/${draft}/winner`, { variant: 'A' });
    expect(early).toMatchObject({ status: 409, body: { code: 'campaign_status' } });
    const unknown = await fixture.call('POST', `/api/campaigns/${draft}/winner`, { variant: 'C' });
    expect(unknown).toMatchObject({
      status: 400,
      body: { detail: '"C" is no variant of this campaign; they are "A", "B"' },
    });
    const shared = await fixture.createCampaign({
      variants: equal,
      audience: { all: true },
      channelIds: [channelId],
    });
    const none = await fixture.call('POST', `/api/campaigns/${shared}/winner`, { variant: 'A' });
    expect(none).toMatchObject({ status: 409, body: { code: 'no_winner_to_choose' } });
  });

  it('tests behind a canary, whose people get a variant of their own as well', async () => {
    const canary = { size: 10, maxFailureRate: 0.5, waitMinutes: 0 };
    await fixture.addContacts(100, { tags: ['canario'] });
    const id = await app.started({ variants: equal, winner: rule, canary }, 'canario');
    expect((await app.rowsOf(id)).filter(({ variant }) => variant !== null)).toHaveLength(40);
    expect(await app.visit(id)).toHaveLength(10);
    await tick();
    await tick();
    expect(await app.visit(id)).toHaveLength(30);
    await fixture.call('POST', `/api/campaigns/${id}/winner`, { variant: 'B' });
    expect(await app.visit(id)).toHaveLength(60);
  });
});
