import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PreparationRepository } from '../../../src/campaigns/preparation/preparation.repository.js';
import { AudienceFixture } from './audience-fixture.js';

describe('a campaign to those who match conditions', () => {
  let fixture: AudienceFixture;
  /** Tells the people of one test apart. */
  let tag: string;
  let tests = 0;

  beforeAll(async () => {
    fixture = await AudienceFixture.start();
  });

  beforeEach(() => {
    tests += 1;
    tag = `grupo ${tests}`;
  });

  afterAll(() => fixture?.stop());

  const person = (fields: Parameters<AudienceFixture['person']>[0] = {}) =>
    fixture.person({ ...fields, tags: [tag, ...(fields.tags ?? [])] });

  it('asks for all of them at once, and preflight, start and rows agree', async () => {
    const rich = { 'Saldo Actual': '250.5', Ciudad: 'LIMA', ultima_compra: '2020-01-31' };
    const wanted = await person({ attributes: rich, seenDaysAgo: 2 });
    const second = await person({ attributes: { ...rich, 'Saldo Actual': 300 }, seenDaysAgo: 9 });
    await person({ attributes: { ...rich, 'Saldo Actual': '99' }, seenDaysAgo: 2 });
    await person({ attributes: { ...rich, Ciudad: 'Cusco' }, seenDaysAgo: 2 });
    await person({ attributes: { ...rich, ultima_compra: new Date().toISOString() }, seenDaysAgo: 2 });
    await person({ attributes: rich, seenDaysAgo: 12 });
    await person({ attributes: rich });
    await person({ attributes: rich, seenDaysAgo: 2, tags: ['moroso'] });
    await person({ attributes: rich, seenDaysAgo: 2, optedOut: true });
    const stopped = await person({ attributes: rich, seenDaysAgo: 2 });
    await fixture.suppress([stopped], 'marketing');
    const audience = {
      all: true,
      tags: [tag],
      notTags: ['moroso'],
      attributes: [
        { key: 'saldo_actual', op: 'gt', value: 100 },
        { key: 'ciudad', op: 'eq', value: 'lima' },
        { key: 'ultima compra', op: 'lt', value: { daysAgo: 30 } },
      ],
      seenWithinDays: 10,
    };
    const id = await fixture.campaign(audience);
    const preflight = await fixture.call('GET', `/api/campaigns/${id}/preflight`);
    expect(preflight.body.counts).toMatchObject({ audience: 4, recipients: 2, optedOut: 2 });
    const count = await fixture.call('POST', '/api/audiences/count', { audience });
    expect(count.body).toMatchObject({ contacts: 4, optedOut: 2, recipients: 2 });
    const started = await fixture.campaigns.start(id);
    expect(started.body).toMatchObject({ estimatedContacts: 2 });
    await fixture.campaigns.prepare(id);
    expect(await fixture.pendingOf(id)).toEqual([wanted, second].toSorted());
    expect(await fixture.campaigns.progressOf(id)).toMatchObject({ total: 4, skipped: 2 });
    const { body } = await fixture.call('GET', `/api/campaigns/${id}`);
    expect(body.audience).toMatchObject({
      kind: 'conditions',
      seenWithinDays: 10,
      resolved: { today: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), savedAudienceName: null },
    });
  });

  it('finds those who did not write for long, and those who never did', async () => {
    const away = await person({ seenDaysAgo: 31 });
    const never = await person();
    await person({ seenDaysAgo: 29 });
    const id = await fixture.campaign({ tags: [tag], notSeenSinceDays: 30 });
    expect(await fixture.run(id)).toEqual([away, never].toSorted());
  });

  it('leaves out whom other campaigns reached, or may have reached, and nobody else', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => person()));
    const first = await fixture.campaign({ tags: [tag] });
    await fixture.run(first);
    const states = ['accepted', 'sent', 'delivered', 'read', 'unknown', 'failed', 'pending', 'skipped'];
    for (const [index, state] of states.entries()) {
      await fixture.campaigns.sql.query(
        'UPDATE messages SET state = $2::message_state WHERE recipient = $1 AND workspace_id = $3',
        [people[index], state, fixture.workspaceId],
      );
    }
    const draft = await fixture.campaign({ tags: [tag] });
    const second = await fixture.campaign({ tags: [tag], excludeCampaigns: [first, draft] });
    const { body } = await fixture.call('GET', `/api/campaigns/${second}/preflight`);
    expect(body.counts).toMatchObject({ audience: 3, recipients: 3 });
    expect(await fixture.run(second)).toEqual(people.slice(5).toSorted());
    const third = await fixture.campaign({ tags: [tag], excludeCampaigns: [first, second] });
    expect(await fixture.run(third)).toEqual(people.slice(5).toSorted());
  });

  it('is refused where it names what is not there, with what would be right', async () => {
    await person({ attributes: { ciudad: 'Lima' } });
    const make = (audience: object) =>
      fixture.call('POST', '/api/campaigns', { name: 'x', message: 'Hola', audience });
    const misspelt = await make({ attributes: [{ key: 'cuidad', op: 'missing' }] });
    expect(misspelt).toMatchObject({
      status: 422,
      body: { code: 'attribute_not_found', errors: [{ pointer: '/audience/attributes/0/key' }] },
    });
    expect(misspelt.body.detail).toContain('ciudad');
    const nobody = '00000000-0000-4000-8000-000000000000';
    expect((await make({ excludeCampaigns: [nobody] })).body).toMatchObject({
      code: 'campaign_not_found',
      errors: [{ pointer: '/audience/excludeCampaigns/0' }],
    });
    expect((await make({ savedAudienceId: nobody })).body).toMatchObject({
      code: 'audience_not_found',
      errors: [{ pointer: '/audience/savedAudienceId' }],
    });
    const weekly = await fixture.campaign(
      { tags: [tag] },
      { recurrence: { cron: '0 9 * * 1', timezone: 'America/Lima' } },
    );
    expect((await make({ excludeCampaigns: [weekly] })).body.detail).toContain('name its occurrences');
    expect((await make({ attributes: { ciudad: null } })).body.errors[0].pointer).toBe(
      '/audience/attributes/ciudad',
    );
    expect((await make({ seenWithinDays: 0 })).body.errors[0].pointer).toBe('/audience/seenWithinDays');
    expect((await make({})).body.detail).toContain('attributes');
  });

  it('is refused as empty where nobody matches, with a way to try conditions', async () => {
    await person({ attributes: { ciudad: 'Lima' } });
    const id = await fixture.campaign({ tags: [tag], attributes: { ciudad: 'Quito' } });
    const { status, body } = await fixture.campaigns.start(id);
    expect([status, body.code]).toEqual([422, 'empty_audience']);
    expect(body.detail).toContain('/api/audiences/count');
  });

  it('asks anew when a copy of it is started', async () => {
    await person({ attributes: { ciudad: 'Lima' } });
    const id = await fixture.campaign({ tags: [tag], attributes: { ciudad: 'Lima' } });
    await fixture.run(id);
    const later = await person({ attributes: { ciudad: 'Lima' } });
    const copy = await fixture.call('POST', `/api/campaigns/${id}/duplicate`);
    expect(copy.body.audience).toEqual({
      kind: 'conditions',
      tags: [tag],
      attributes: [{ key: 'ciudad', op: 'eq', value: 'Lima' }],
    });
    expect(await fixture.run(copy.body.id)).toContain(later);
  });

  it('counts days of the calendar in the zone of the workspace', async () => {
    await fixture.campaigns.sql.query(
      `UPDATE workspaces SET time_zone = 'Pacific/Kiritimati' WHERE id = $1`,
      [fixture.workspaceId],
    );
    const there = new Date(Date.now() + 14 * 3_600_000).toISOString().slice(0, 10);
    const due = await person({ attributes: { corte: there } });
    await person({ attributes: { corte: '2020-01-01' } });
    const id = await fixture.campaign({
      tags: [tag],
      attributes: [{ key: 'corte', op: 'eq', value: { daysAgo: 0 } }],
    });
    expect(await fixture.run(id)).toEqual([due]);
    await fixture.campaigns.sql.query(`UPDATE workspaces SET time_zone = 'UTC' WHERE id = $1`, [
      fixture.workspaceId,
    ]);
  });

  it('is looked for in stretches of contacts, which end where the audience does', async () => {
    const { sql } = fixture.campaigns;
    await Promise.all(Array.from({ length: 4 }, () => person()));
    const ids = (
      await sql.query<{ id: string }>(
        'SELECT id::text FROM contacts WHERE workspace_id = $1 ORDER BY contacts.id',
        [fixture.workspaceId],
      )
    ).map(({ id }) => id);
    const end = (cursor: string, until: string, contacts: number) =>
      fixture.campaigns
        .get(PreparationRepository)
        .stretchEnd(sql, fixture.workspaceId, { cursor, until }, contacts);
    const [last, next] = [ids.at(-1)!, String(BigInt(ids.at(-1)!) + 1n)];
    expect(await end('0', last, 2)).toBe(ids[1]);
    expect(await end(ids[1]!, last, 2)).toBe(ids[3]);
    expect(await end('0', ids[2]!, 3)).toBe(ids[2]);
    expect(await end('0', next, ids.length + 1)).toBe(next);
  });

  it('is not for a file, which may be separated by tabs as well', async () => {
    const tsv = 'telefono\tnombre\n+525511110001\tAna\n+525511110002\tBeto\n';
    const { body } = await fixture.campaigns.upload('/api/campaigns', tsv, {
      name: 'lista',
      message: 'Hola {{nombre}}',
      channelIds: JSON.stringify([fixture.channelId]),
    });
    expect(body.audience).toMatchObject({
      kind: 'file',
      rows: 2,
      rejected: 0,
      columns: ['telefono', 'nombre'],
    });
  });
});
