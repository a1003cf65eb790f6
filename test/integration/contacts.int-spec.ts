import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewContact } from '../../src/contacts/contact.js';
import { recipientHash } from '../../src/ledger/suppression.repository.js';
import { contactsFixture, type ContactsFixture } from './contacts-fixture.js';

const NOTHING: Omit<NewContact, 'recipient'> = {
  name: null,
  attributes: {},
  tags: [],
  timezone: null,
  locale: null,
};

describe('contacts', () => {
  let f: ContactsFixture;
  let workspace: string;

  beforeAll(async () => {
    f = await contactsFixture();
    workspace = f.newWorkspace();
  });
  afterAll(() => f.close());

  const create = (phone: string, rest: Partial<typeof NOTHING> = {}, of = workspace) =>
    f.contacts.create(of, phone, { ...NOTHING, ...rest });

  async function suppressionsOf(recipient: string, of = workspace) {
    return f.sql.query<{ category: string; reason: string; source: string }>(
      `SELECT category, reason, source FROM suppressions
       WHERE workspace_id = $1 AND recipient_hash = ${recipientHash('$2', '$3')}`,
      [of, recipient, f.suppressions.pepper],
    );
  }

  it('are kept by their canonical number, once', async () => {
    const made = await create('+52 1 55 1000 0001', { name: 'Ana', tags: ['vip'], attributes: { saldo: 5 } });
    expect(made).toMatchObject({
      phone: '+525510000001',
      name: 'Ana',
      tags: ['vip'],
      attributes: { saldo: 5 },
    });
    await expect(create('55 1000 0001')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'contact_exists',
      details: { params: { contactId: made.id } },
    });
    expect(await f.attributeKeys.list(workspace)).toContain('saldo');
  });

  it('say which field is wrong with a bad number', async () => {
    await expect(create('abc')).rejects.toMatchObject({
      kind: 'invalid',
      details: { errors: [{ pointer: '/phone', detail: expect.stringContaining('"abc"') }] },
    });
  });

  it('change in what is named and in nothing else', async () => {
    const { id } = await create('5510000002', { name: 'Eva', attributes: { a: '1', b: '2' }, locale: 'es' });
    const changed = await f.contacts.change(workspace, id, { attributes: { b: null, c: true }, tags: ['x'] });
    expect(changed).toMatchObject({
      name: 'Eva',
      locale: 'es',
      attributes: { a: '1', c: true },
      tags: ['x'],
    });
    expect(await f.contacts.change(workspace, id, { name: null })).toMatchObject({ name: null, tags: ['x'] });
  });

  it('cannot take the number of another', async () => {
    const taken = await create('5510000003');
    const { id } = await create('5510000004');
    await expect(f.contacts.change(workspace, id, { phone: '+52 1 55 1000 0003' })).rejects.toMatchObject({
      code: 'contact_exists',
      details: { params: { contactId: taken.id } },
    });
    expect(await f.contacts.change(workspace, id, { phone: '5510000005' })).toMatchObject({
      phone: '+525510000005',
    });
  });

  it('opt out and in together with their suppression, and say so once', async () => {
    const { id, phone } = await create('5510000006');
    const out = await f.contacts.optOut(workspace, id, 'by phone');
    expect(out).toMatchObject({ optedOut: true, optedOutAt: expect.any(Date) });
    expect(await suppressionsOf(phone)).toEqual([{ category: 'all', reason: 'by phone', source: 'api' }]);
    expect((await f.contacts.optOut(workspace, id)).optedOutAt).toEqual(out.optedOutAt);
    expect(await f.contacts.optIn(workspace, id)).toMatchObject({ optedOut: false, optedOutAt: null });
    expect(await suppressionsOf(phone)).toEqual([]);
    const events = await f.sql.query<{ type: string }>(
      "SELECT type FROM outbox WHERE workspace_id = $1 AND payload->>'contactId' = $2 ORDER BY id",
      [workspace, id],
    );
    expect(events.map(({ type }) => type)).toEqual(['contact.opted_out', 'contact.opted_in']);
  });

  it('stay opted out when they are deleted and come back, in any form of the number', async () => {
    const { id } = await create('5510000007');
    const { optedOutAt } = await f.contacts.optOut(workspace, id);
    await f.contacts.delete(workspace, id);
    await expect(f.contacts.get(workspace, id)).rejects.toMatchObject({ code: 'contact_not_found' });
    expect(await create('+5215510000007')).toMatchObject({ optedOut: true, optedOutAt });
  });

  it('are opted out under a new number when that number is', async () => {
    const out = await create('5510000008');
    await f.contacts.optOut(workspace, out.id);
    await f.contacts.delete(workspace, out.id);
    const { id } = await create('5510000009');
    expect(await f.contacts.change(workspace, id, { phone: '5510000008' })).toMatchObject({ optedOut: true });
  });

  it('belong to one workspace alone', async () => {
    const other = f.newWorkspace();
    const { id, phone } = await create('5510000010');
    await expect(f.contacts.get(other, id)).rejects.toMatchObject({ code: 'contact_not_found' });
    await expect(f.contacts.change(other, id, { name: 'x' })).rejects.toMatchObject({
      code: 'contact_not_found',
    });
    await expect(f.contacts.delete(other, id)).rejects.toMatchObject({ code: 'contact_not_found' });
    await expect(f.contacts.optOut(other, id)).rejects.toMatchObject({ code: 'contact_not_found' });
    await f.contacts.optOut(workspace, id);
    expect(await create(phone, {}, other)).toMatchObject({ optedOut: false });
    expect(await suppressionsOf(phone, other)).toEqual([]);
    await expect(f.contacts.get(workspace, 'x')).rejects.toMatchObject({ code: 'contact_not_found' });
  });

  it('are listed newest first, page by page, and found by name, number, tag and consent', async () => {
    const own = f.newWorkspace();
    for (let i = 0; i < 7; i += 1) {
      await create(`552000000${i}`, { name: `José ${i}_%`, tags: i % 2 === 0 ? ['par'] : [] }, own);
    }
    const list = async (filter: Parameters<typeof f.contacts.list>[1], limit = 50) =>
      (await f.contacts.list(own, filter, { limit })).items.map(({ name }) => name);

    const first = await f.contacts.list(own, {}, { limit: 5 });
    expect(first.items.map(({ name }) => name)).toEqual([6, 5, 4, 3, 2].map((i) => `José ${i}_%`));
    const cursor = first.nextCursor ?? '';
    const second = await f.contacts.list(own, {}, { limit: 5, cursor });
    expect(second.items).toHaveLength(2);
    expect(second.nextCursor).toBeNull();

    expect(await list({ search: 'josé 3_' })).toEqual(['José 3_%']);
    expect(await list({ search: '55 2000 0004' })).toEqual(['José 4_%']);
    expect(await list({ tag: 'par' })).toHaveLength(4);
    await f.contacts.optOut(own, first.items[0]?.id ?? '');
    expect(await list({ optedOut: true })).toEqual(['José 6_%']);
    expect(await list({ optedOut: false, tag: 'par' })).toHaveLength(3);
    await expect(f.contacts.list(own, {}, { limit: 5, cursor: 'x' })).rejects.toMatchObject({
      code: 'bad_cursor',
    });
  });

  it('are exported with every attribute as a column, and no cell starts a formula', async () => {
    const own = f.newWorkspace();
    await create(
      '5530000001',
      { name: '=1+1', attributes: { saldo: '-5', toString: 'x' }, tags: ['a', 'b'] },
      own,
    );
    await create('5530000002', { name: 'Ana' }, own);
    const pieces: string[] = [];
    for await (const piece of f.exporter.csv(own)) pieces.push(piece);
    const lines = pieces.join('').split('\r\n');
    expect(lines[0]).toBe('phone,name,tags,timezone,locale,optedOutAt,createdAt,saldo,toString');
    expect(lines[1]).toMatch(/^'\+525530000001,'=1\+1,"a,b",,,,[^,]+,'-5,x$/);
    expect(lines[2]).toMatch(/^'\+525530000002,Ana,,,,,[^,]+,,$/);
  });
});
