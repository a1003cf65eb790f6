import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CampaignsFixture } from './campaigns-app.js';

const NOBODY = '7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55';

describe('the API of campaigns', () => {
  let fixture: CampaignsFixture;
  let channelId: string;
  let contacts: string[];

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
    channelId = await fixture.createChannel({ name: 'Ventas' });
    contacts = await fixture.addContacts(3);
  });

  afterAll(() => fixture?.stop());

  const create = (fields: object) => fixture.call('POST', '/api/campaigns', { name: 'mayo', ...fields });

  describe('creating', () => {
    it('answers a draft, on the only channel where none is named', async () => {
      const { status, body } = await create({ message: 'Hola', audience: { all: true } });
      expect(status).toBe(201);
      expect(body).toMatchObject({
        name: 'mayo',
        status: 'draft',
        content: { type: 'text', text: 'Hola' },
        audience: { kind: 'all' },
        channelIds: [channelId],
        category: 'marketing',
        startedAt: null,
      });
    });

    it('takes a template, media and a category', async () => {
      const template = {
        type: 'template',
        name: 'aviso_saldo',
        language: 'es_MX',
        components: [{ type: 'body', parameters: [{ type: 'text', text: '{{nombre|cliente}}' }] }],
      };
      const made = await create({ content: template, audience: { all: true }, category: 'utility' });
      expect(made.body).toMatchObject({ content: template, category: 'utility' });
      const document = { type: 'document', url: '{{ticket_url}}', fileName: 'boleto-{{folio|0}}.pdf' };
      expect((await create({ content: document, contacts })).body.content).toEqual(document);
    });

    it.each([
      [{ audience: { all: true } }, '/message'],
      [{ message: 'Hola' }, '/audience'],
      [{ message: 'Hola', audience: {} }, '/audience'],
      [{ message: 'Hola', content: { type: 'text', text: 'x' }, contacts: ['1'] }, '/message'],
      [{ message: 'Hola', contacts: ['1'], audience: { all: true } }, '/contacts'],
      [{ content: { type: 'sticker' }, audience: { all: true } }, '/content/type'],
      [{ content: { type: 'text', text: 'x', url: 'y' }, audience: { all: true } }, '/content/url'],
      [
        { content: { type: 'template', name: 'Mi Plantilla', language: 'es' }, audience: { all: true } },
        '/content/name',
      ],
      [{ content: { type: 'image', url: 'ftp://x' }, audience: { all: true } }, '/content/url'],
      [{ message: 'Hola', audience: { all: true }, scheduledAt: '2030-01-01T00:00:00' }, '/scheduledAt'],
      [{ message: 'Hola', audience: { all: true }, ratePerSecond: 0 }, '/ratePerSecond'],
      [{ message: 'Hola', audience: { all: true }, ratePerSecond: '5' }, '/ratePerSecond'],
      [{ message: 'Hola', contacts: ['x'] }, '/contacts'],
    ])('refuses %j and points at %s', async (fields, pointer) => {
      const { status, body } = await create(fields);
      expect(status).toBe(400);
      expect(body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    });

    it('names the channel and the contact that are not there', async () => {
      const channel = await create({ message: 'Hola', audience: { all: true }, channelIds: [NOBODY] });
      expect(channel.body).toMatchObject({ status: 422, code: 'channel_not_found' });
      expect(channel.body.detail).toContain(NOBODY);
      expect(channel.body.detail).toContain('"Ventas"');
      const contact = await create({ message: 'Hola', contacts: [contacts[0], '999999'] });
      expect(contact.body).toMatchObject({ status: 422, code: 'contact_not_found' });
      expect(contact.body.detail).toContain('999999');
    });

    it('keeps nothing of a file that cannot be read', async () => {
      const before = (await fixture.call('GET', '/api/campaigns')).body.items.length;
      const form = { name: 'malo', message: 'Hola' };
      const { status, body } = await fixture.upload('/api/campaigns', 'color;talla\nrojo;m\n', form);
      expect([status, body.code]).toEqual([400, 'file_refused']);
      expect((await fixture.call('GET', '/api/campaigns')).body.items).toHaveLength(before);
    });

    it('refuses a form that has neither file nor audience, and a JSON field that is none', async () => {
      const form = { name: 'malo', message: 'Hola', channelIds: 'Ventas' };
      const { status, body } = await fixture.upload('/api/campaigns', 'telefono\n5511112222\n', form);
      expect(status).toBe(400);
      expect(body.errors[0].pointer).toBe('/channelIds');
    });
  });

  describe('the list', () => {
    it('pages through all of them once, newest first', async () => {
      for (let i = 0; i < 5; i += 1)
        await create({ name: `lista ${i}`, message: 'Hola', audience: { all: true } });
      const seen: string[] = [];
      let cursor = '';
      do {
        const { body } = await fixture.call('GET', `/api/campaigns?limit=2&search=LISTA&cursor=${cursor}`);
        seen.push(...body.items.map((item: { name: string }) => item.name));
        cursor = body.nextCursor ?? '';
      } while (cursor !== '');
      expect(seen).toEqual(['lista 4', 'lista 3', 'lista 2', 'lista 1', 'lista 0']);
    });

    it('filters by status', async () => {
      const { body } = await fixture.call('GET', '/api/campaigns?status=completed');
      expect(body).toEqual({ items: [], nextCursor: null });
      expect((await fixture.call('GET', '/api/campaigns?status=done')).status).toBe(400);
    });
  });

  describe('a draft', () => {
    it('can be changed, copied and deleted', async () => {
      const id = await fixture.createCampaign({ message: 'Hola', audience: { all: true } });
      const changed = await fixture.call('PATCH', `/api/campaigns/${id}`, { message: 'Adiós', contacts });
      expect(changed.body).toMatchObject({
        name: 'mayo',
        content: { text: 'Adiós' },
        audience: { kind: 'contacts', count: 3 },
      });
      const copy = await fixture.call('POST', `/api/campaigns/${id}/duplicate`);
      expect(copy.body).toMatchObject({ name: 'mayo (copy)', status: 'draft', content: { text: 'Adiós' } });
      expect((await fixture.call('DELETE', `/api/campaigns/${id}`)).status).toBe(204);
      expect((await fixture.call('GET', `/api/campaigns/${id}`)).status).toBe(404);
    });

    it('takes the rows of its file into its copy', async () => {
      const form = { name: 'con archivo', message: 'Hola {{nombre}}' };
      const made = await fixture.upload('/api/campaigns', 'telefono,nombre\n5511112222,Ana\n', form);
      const { body } = await fixture.call('POST', `/api/campaigns/${made.body.id}/duplicate`);
      await fixture.call('DELETE', `/api/campaigns/${made.body.id}`);
      expect((await fixture.start(body.id)).body).toMatchObject({ estimatedContacts: 1 });
    });
  });

  it('takes null for "not given"', async () => {
    const nothing = { contacts: null, content: null, channelIds: null, category: null };
    const { status, body } = await create({
      message: 'Hola',
      audience: { all: true, tags: null },
      ...nothing,
    });
    expect([status, body.category]).toEqual([201, 'marketing']);
    const same = await fixture.call('PATCH', `/api/campaigns/${body.id}`, {
      name: null,
      message: null,
      ...nothing,
    });
    expect(same.body).toMatchObject({ name: 'mayo', content: { text: 'Hola' }, audience: { kind: 'all' } });
  });

  it('neither changes nor deletes a campaign in motion', async () => {
    const id = await fixture.createCampaign({ message: 'Hola', contacts });
    await fixture.start(id);
    expect((await fixture.call('PATCH', `/api/campaigns/${id}`, { name: 'otra' })).status).toBe(409);
    expect((await fixture.call('DELETE', `/api/campaigns/${id}`)).status).toBe(409);
  });

  it('shows nothing of a campaign to another workspace, and obeys none of its orders', async () => {
    const { key } = await fixture.otherWorkspace();
    const id = await fixture.createCampaign({ message: 'Hola', contacts });
    const authorization = { authorization: `Bearer ${key}` };
    const tries = [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/start'],
      ['POST', '/duplicate'],
      ['GET', '/queue-status'],
      ['POST', '/queue-pause'],
      ['POST', '/queue-stop'],
      ['GET', '/messages'],
      ['GET', '/report.csv'],
      ['GET', '/events'],
    ] as const;
    for (const [method, path] of tries) {
      const body = method === 'PATCH' ? { name: 'suya' } : undefined;
      const { status } = await fixture.call(method, `/api/campaigns/${id}${path}`, body, authorization);
      expect(status, `${method} ${path}`).toBe(404);
    }
    expect((await fixture.call('GET', `/api/campanas/${id}`, undefined, authorization)).status).toBe(404);
    expect((await fixture.call('GET', '/api/campaigns', undefined, authorization)).body.items).toEqual([]);
    const theirs = { name: 'x', message: 'Hola', contacts, channelIds: [channelId] };
    expect((await fixture.call('POST', '/api/campaigns', theirs, authorization)).status).toBe(422);
    expect(await fixture.statusOf(id)).toBe('draft');
  });

  it('streams a report in which no cell can start a formula', async () => {
    const form = { name: 'reporte', message: 'Hola' };
    const { body } = await fixture.upload('/api/campaigns', 'telefono\n=cmd()\n5511112222\n', form);
    await fixture.start(body.id);
    await fixture.prepare(body.id);
    const { status, text } = await fixture.call('GET', `/api/campaigns/${body.id}/report.csv`);
    const [header, first, second] = text.split('\r\n');
    expect(status).toBe(200);
    expect(header).toMatch(/^number,phone,state,attempts,code,reason,/);
    expect(first).toMatch(/^1,'=cmd\(\),skipped,0,invalid,/);
    expect(second).toMatch(/^2,'\+525511112222,pending,0,,/);
  });

  it('tells progress, changes of state and the end as events, and then closes', async () => {
    const id = await fixture.createCampaign({ message: 'Hola', contacts });
    await fixture.start(id);
    const stream = fixture.call('GET', `/api/campaigns/${id}/events`);
    await fixture.prepare(id);
    await fixture.call('POST', `/api/campaigns/${id}/queue-stop`);
    await fixture.tick();
    const { status, text } = await stream;
    expect(status).toBe(200);
    const types = [...text.matchAll(/^event: (\w+)$/gm)].map((match) => match[1]);
    expect(types[0]).toBe('progress');
    expect(types.at(-1)).toBe('end');
    const end = JSON.parse(text.slice(text.lastIndexOf('data: ') + 6)) as unknown;
    expect(end).toMatchObject({ campaignId: id, status: 'stopped', progress: { cancelled: 3 } });
  });

  describe('for the client of the Python queue', () => {
    const csv = 'telefono;nombre\n5511112222;Ana\n5511112223;\n123;x\n';
    const form = { nombre: 'de la cola', mensaje: 'Hola {{nombre|cliente}}', instancia: 'ventas', otro: 'x' };

    it.each(['file', 'archivo', 'csv'])('makes and starts a campaign from a part named %s', async (part) => {
      const { status, body } = await fixture.upload('/api/crear-campana', csv, form, part);
      expect(status).toBe(201);
      expect(body).toEqual({ campaign_id: expect.any(String), total_messages: 2, status: 'sending' });
      const polled = await fixture.call('GET', `/api/campanas/${body.campaign_id}`);
      expect(polled.body).toEqual({
        campaign_id: body.campaign_id,
        status: 'sending',
        total_messages: 2,
        sent: 0,
        failed: 0,
        pending: 2,
        percentage: 0,
      });
      await fixture.prepare(body.campaign_id);
      const prepared = await fixture.call('GET', `/api/campanas/${body.campaign_id}`);
      expect(prepared.body).toEqual(polled.body);
    });

    it('lists the channels where it names one that is not there', async () => {
      const { status, body } = await fixture.upload('/api/crear-campana', csv, {
        ...form,
        instancia: 'soporte',
      });
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: 'channel_not_found', known: ['Ventas'] });
    });

    it('leaves no draft behind when it could not start', async () => {
      const { status } = await fixture.upload('/api/crear-campana', csv, {
        ...form,
        nombre: 'roto',
        mensaje: '{{nombre}}',
      });
      expect(status).toBe(422);
      expect((await fixture.call('GET', '/api/campaigns?search=roto')).body.items).toEqual([]);
    });
  });
});
