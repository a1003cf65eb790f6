import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScheduleTicks } from '../../../src/campaigns/schedule/schedule-ticks.js';
import { AudienceFixture } from './audience-fixture.js';

const IN_AN_HOUR = () => new Date(Date.now() + 3_600_000).toISOString();

describe('saved audiences', () => {
  let fixture: AudienceFixture;

  beforeAll(async () => {
    fixture = await AudienceFixture.start();
    await fixture.person({ attributes: { Ciudad: 'Lima', Saldo: '10' } });
  });

  afterAll(() => fixture?.stop());

  it('are made, shown, listed, changed and deleted', async () => {
    const audience = { tags: ['vip'], attributes: { ciudad: 'Lima' }, notSeenSinceDays: 30 };
    const made = await fixture.call('POST', '/api/audiences', {
      name: ' Lima ',
      description: 'los de siempre',
      audience,
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: 'Lima',
      description: 'los de siempre',
      audience: {
        tags: ['vip'],
        attributes: [{ key: 'ciudad', op: 'eq', value: 'Lima' }],
        notSeenSinceDays: 30,
      },
    });
    const everybody = await fixture.save('Todos', { all: true });
    const page = await fixture.call('GET', '/api/audiences?limit=1');
    expect(page.body.items).toMatchObject([{ id: everybody, audience: { all: true } }]);
    const next = await fixture.call('GET', `/api/audiences?limit=1&cursor=${page.body.nextCursor}`);
    expect(next.body).toMatchObject({ items: [{ id: made.body.id }], nextCursor: null });
    const changed = await fixture.call('PATCH', `/api/audiences/${made.body.id}`, {
      audience: { tags: ['x'] },
    });
    expect(changed.body).toMatchObject({ name: 'Lima', audience: { tags: ['x'] } });
    expect((await fixture.call('DELETE', `/api/audiences/${made.body.id}`)).status).toBe(204);
    expect((await fixture.call('GET', `/api/audiences/${made.body.id}`)).body.code).toBe(
      'audience_not_found',
    );
    expect((await fixture.call('DELETE', `/api/audiences/${made.body.id}`)).status).toBe(404);
  });

  it('are told apart by their names, and name no other one', async () => {
    const id = await fixture.save('Una', { all: true });
    const same = await fixture.call('POST', '/api/audiences', { name: 'UNA', audience: { all: true } });
    expect([same.status, same.body.code]).toEqual([409, 'audience_name_taken']);
    const other = await fixture.save('Otra', { all: true });
    const renamed = await fixture.call('PATCH', `/api/audiences/${other}`, { name: 'una' });
    expect([renamed.status, renamed.body.code]).toEqual([409, 'audience_name_taken']);
    const nested = await fixture.call('POST', '/api/audiences', {
      name: 'Anidada',
      audience: { savedAudienceId: id },
    });
    expect(nested.body.errors[0].pointer).toBe('/audience/savedAudienceId');
  });

  it('belong to their workspace', async () => {
    const id = await fixture.save('Mía', { all: true });
    const { key } = await fixture.campaigns.otherWorkspace();
    const headers = { authorization: `Bearer ${key}` };
    const seen = await fixture.campaigns.call('GET', `/api/audiences/${id}`, undefined, headers);
    expect(seen.status).toBe(404);
    const count = await fixture.campaigns.call('GET', `/api/audiences/${id}/count`, undefined, headers);
    expect(count.status).toBe(404);
  });

  it('are counted live, with a sample of those who may get the category', async () => {
    const tags = ['contados'];
    const people = await Promise.all(Array.from({ length: 9 }, () => fixture.person({ tags })));
    await fixture.person({ tags, optedOut: true });
    await fixture.suppress([people[0]!], 'marketing');
    const id = await fixture.save('Contados', { tags });
    const marketing = await fixture.call('GET', `/api/audiences/${id}/count`);
    expect(marketing.body).toMatchObject({ contacts: 10, optedOut: 2, recipients: 8 });
    expect(marketing.body.sample).toHaveLength(5);
    expect(people.slice(1)).toEqual(
      expect.arrayContaining(marketing.body.sample.map(({ phone }: { phone: string }) => phone)),
    );
    expect(Math.abs(Date.parse(marketing.body.asOf) - Date.now())).toBeLessThan(3_600_000);
    const utility = await fixture.call('GET', `/api/audiences/${id}/count?category=utility`);
    expect(utility.body).toMatchObject({ contacts: 10, optedOut: 1 });
    const codes = await fixture.call('POST', '/api/audiences/count', {
      audience: { savedAudienceId: id, attributes: [{ key: 'phone', op: 'eq', value: people[3] }] },
      category: 'authentication',
    });
    expect(codes.body).toMatchObject({ contacts: 1, optedOut: 0, sample: [{ phone: people[3] }] });
  });

  it('are resolved when a campaign starts, together with what it asks for itself, and kept as they were', async () => {
    const old = await fixture.person({ tags: ['antes'] });
    const [both, one] = [
      await fixture.person({ tags: ['despues', 'oro'] }),
      await fixture.person({ tags: ['despues'] }),
    ];
    const savedAudienceId = await fixture.save('Cambiante', { tags: ['antes'] });
    const whole = await fixture.campaign({ savedAudienceId });
    const part = await fixture.campaign({ savedAudienceId, tags: ['oro'] });
    await fixture.call('PATCH', `/api/audiences/${savedAudienceId}`, { audience: { tags: ['despues'] } });
    expect(await fixture.run(part)).toEqual([both]);
    expect(await fixture.run(whole)).toEqual([both, one].toSorted());
    expect(await fixture.pendingOf(whole)).not.toContain(old);
    await fixture.call('PATCH', `/api/audiences/${savedAudienceId}`, {
      name: 'Otra cosa',
      audience: { tags: ['antes'] },
    });
    const { body } = await fixture.call('GET', `/api/campaigns/${whole}`);
    expect(body.audience).toMatchObject({
      savedAudienceId,
      resolved: { savedAudienceName: 'Cambiante', selections: [{ tags: ['despues'] }, {}] },
    });
  });

  it('stay while a campaign that has yet to start needs them, and not longer', async () => {
    await fixture.person({ tags: ['guardados'] });
    const id = await fixture.save('Necesaria', { tags: ['guardados'] });
    const campaign = await fixture.campaign(
      { savedAudienceId: id },
      { name: 'lunes', scheduledAt: IN_AN_HOUR() },
    );
    const refused = await fixture.call('DELETE', `/api/audiences/${id}`);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'audience_in_use', campaigns: [{ id: campaign, name: 'lunes' }] },
    });
    await fixture.run(campaign);
    expect((await fixture.call('DELETE', `/api/audiences/${id}`)).status).toBe(204);
    expect(
      (await fixture.call('GET', `/api/campaigns/${campaign}`)).body.audience.resolved.selections,
    ).toEqual([{ tags: ['guardados'] }, {}]);
  });

  it('hold a campaign that is due and whose audience is gone, with the reason', async () => {
    const id = await fixture.save('Fugaz', { all: true });
    const campaign = await fixture.campaign({ savedAudienceId: id });
    await fixture.call('DELETE', `/api/audiences/${id}`);
    expect((await fixture.campaigns.start(campaign)).body.code).toBe('audience_not_found');
    await fixture.campaigns.sql.query(
      `UPDATE campaigns SET status = 'scheduled', due_at = now() - interval '1 s' WHERE id = $1`,
      [campaign],
    );
    await fixture.campaigns.get(ScheduleTicks).run();
    const { body } = await fixture.call('GET', `/api/campaigns/${campaign}`);
    expect(body.status).toBe('held');
    expect(body.statusReason).toContain('There is no audience');
  });
});
