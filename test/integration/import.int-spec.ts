import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportJob } from '../../src/contacts/import/import.js';
import { contactsFixture, type ContactsFixture } from './contacts-fixture.js';

const MESSY = `Teléfono;Nombre;Etiquetas;Saldo
+52 1 55 4000 0001;Ana;vip, norte;10.5
5540000002;"Pérez; Eva";;

55 4000 0003;Luis;sur;0
abc;Nadie;;
+5215540000002;Eva otra vez;;
5.21554E+12;Excel;;
5540000004;Zoë;vip;7;de más
5540000005;"sin cerrar;;
`;

describe('an import of contacts', () => {
  let f: ContactsFixture;

  beforeAll(async () => {
    f = await contactsFixture();
  });
  afterAll(() => f.close());

  async function contactsOf(workspace: string) {
    const { items } = await f.contacts.list(workspace, {}, { limit: 500 });
    return items.toReversed();
  }

  async function outboxOf(workspace: string) {
    return f.sql.query<{ payload: Record<string, unknown> }>(
      "SELECT payload FROM outbox WHERE workspace_id = $1 AND type = 'import.completed' ORDER BY id",
      [workspace],
    );
  }

  function expectCountsAddUp({ rows }: ImportJob, rejects: number) {
    expect(rows.read).toBe(rows.created + rows.updated + rows.unchanged + rows.failed);
    expect(rows.failed).toBe(rejects);
  }

  it('takes a messy file apart into contacts and rejects that add up', async () => {
    const workspace = f.newWorkspace();
    const job = await f.runImport(workspace, MESSY, { tags: 'feria' });
    const rejects = await f.rejectsOf(job.id);
    expect(job).toMatchObject({
      status: 'done',
      rows: { read: 8, created: 3, updated: 0, unchanged: 0, failed: 5 },
    });
    expectCountsAddUp(job, rejects.length);
    expect(job.bytes.read).toBe(job.bytes.total);
    expect(rejects).toEqual([
      { row: 6, column: 'Teléfono', value: 'abc', reason: 'has letters in it' },
      { row: 7, column: 'Teléfono', value: '+5215540000002', reason: 'the same number is in row 3 already' },
      {
        row: 8,
        column: 'Teléfono',
        value: '5.21554E+12',
        reason: expect.stringContaining('lost its last digits'),
      },
      {
        row: 9,
        column: '',
        value: 'de más',
        reason: expect.stringContaining('5 cells and the file 4 columns'),
      },
      {
        row: 10,
        column: '',
        value: '5540000005;"sin cerrar;;\n',
        reason: expect.stringContaining('never closed'),
      },
    ]);
    expect(await contactsOf(workspace)).toMatchObject([
      { phone: '+525540000001', name: 'Ana', tags: ['vip', 'norte', 'feria'], attributes: { Saldo: '10.5' } },
      { phone: '+525540000002', name: 'Pérez; Eva', tags: ['feria'], attributes: {} },
      { phone: '+525540000003', name: 'Luis', tags: ['sur', 'feria'], attributes: { Saldo: '0' } },
    ]);
    expect(await f.attributeKeys.list(workspace)).toEqual(['Saldo']);
    expect(await outboxOf(workspace)).toMatchObject([
      { payload: { id: job.id, status: 'done', rows: job.rows } },
    ]);
    await expect(access(job.filePath)).rejects.toThrow('ENOENT');
  });

  it('merges into contacts that exist, says what changed, and changes nothing the second time', async () => {
    const workspace = f.newWorkspace();
    await f.runImport(workspace, 'phone,name,tags,a,b\n5541000001,Ana,x,1,2\n5541000002,Eva,,,\n');
    const update = 'phone,name,tags,b,c\n5541000001,,y,3,4\n5541000002,Eva,,,\n5541000003,Luis,,,\n';
    const job = await f.runImport(workspace, update);
    expect(job.rows).toEqual({ read: 3, created: 1, updated: 1, unchanged: 1, failed: 0 });
    expect((await contactsOf(workspace))[0]).toMatchObject({
      name: 'Ana',
      tags: ['x', 'y'],
      attributes: { a: '1', b: '3', c: '4' },
    });
    expect((await f.runImport(workspace, update)).rows).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 3,
    });
  });

  it('leaves contacts that exist alone when told to skip them', async () => {
    const workspace = f.newWorkspace();
    await f.runImport(workspace, 'phone,name\n5542000001,Ana\n');
    const job = await f.runImport(workspace, 'phone,name\n5542000001,Otra\n5542000002,Eva\n', {
      onConflict: 'skip',
    });
    expect(job.rows).toEqual({ read: 2, created: 1, updated: 0, unchanged: 1, failed: 0 });
    expect((await contactsOf(workspace))[0]).toMatchObject({ name: 'Ana' });
  });

  it('counts without touching a contact in a dry run', async () => {
    const workspace = f.newWorkspace();
    await f.runImport(workspace, 'phone,name\n5543000001,Ana\n5543000002,Eva\n');
    const file =
      'phone,name,z\n5543000001,Ana María,1\n5543000002,Eva,\n5543000003,Luis,\nxyz,,\n5543000003,,\n';
    const job = await f.runImport(workspace, file, { dryRun: 'true' });
    expect(job.rows).toEqual({ read: 5, created: 1, updated: 1, unchanged: 1, failed: 2 });
    expect(await f.rejectsOf(job.id)).toHaveLength(2);
    expect((await contactsOf(workspace)).map(({ name }) => name)).toEqual(['Ana', 'Eva']);
    expect(await f.attributeKeys.list(workspace)).toEqual([]);
  });

  it('never lifts an opt-out: not of a contact, not of a number that has none any more', async () => {
    const workspace = f.newWorkspace();
    await f.runImport(workspace, 'phone,name\n5544000001,Ana\n5544000002,Eva\n');
    const [ana, eva] = await contactsOf(workspace);
    await f.contacts.optOut(workspace, ana?.id ?? '');
    await f.contacts.optOut(workspace, eva?.id ?? '', 'STOP');
    await f.contacts.delete(workspace, eva?.id ?? '');
    await f.runImport(workspace, 'phone,name\n5544000001,Ana B\n+5215544000002,Eva B\n5544000003,Luis\n');
    expect(await contactsOf(workspace)).toMatchObject(
      [
        { name: 'Ana B', optedOut: true },
        { name: 'Eva B', optedOut: true },
        { name: 'Luis', optedOut: false },
      ].toSorted((a, b) => a.name.localeCompare(b.name)),
    );
    expect(await f.sql.query('SELECT 1 FROM suppressions WHERE workspace_id = $1', [workspace])).toHaveLength(
      2,
    );
  });

  it('keeps workspaces apart', async () => {
    const [one, two] = [f.newWorkspace(), f.newWorkspace()];
    const first = await f.runImport(one, 'phone,name\n5545000001,Ana\n');
    expect((await f.runImport(two, 'phone,name\n5545000001,Otra\n')).rows.created).toBe(1);
    expect((await contactsOf(one))[0]).toMatchObject({ name: 'Ana' });
    await expect(f.importService.get(two, first.id)).rejects.toMatchObject({ code: 'import_not_found' });
    await expect(f.importService.cancel(two, first.id)).rejects.toMatchObject({ code: 'import_not_found' });
  });

  it('finds a duplicate however far apart the two are', async () => {
    const workspace = f.newWorkspace();
    const numbers = Array.from({ length: 45_000 }, (_, i) => `55${46_000_000 + i},n${i}`);
    const file = ['phone,name', ...numbers, numbers[5], numbers[5], numbers[44_999]].join('\n');
    const job = await f.runImport(workspace, file);
    expect(job.rows).toEqual({ read: 45_003, created: 45_000, updated: 0, unchanged: 0, failed: 3 });
    expect((await f.rejectsOf(job.id)).map(({ row, reason }) => [row, reason])).toEqual([
      [45_002, 'the same number is in row 7 already'],
      [45_003, 'the same number is in row 7 already'],
      [45_004, 'the same number is in row 45001 already'],
    ]);
    const [count] = await f.sql.query<{ n: string }>(
      'SELECT count(*) AS n FROM contacts WHERE workspace_id = $1',
      [workspace],
    );
    expect(count?.n).toBe('45000');
  });

  it('stores whatever text is in a cell as text', async () => {
    const workspace = f.newWorkspace();
    const nasty = [
      "'; DROP TABLE contacts; --",
      '\\N',
      '{"a":1}',
      '\\u0000',
      '$1',
      '${x}',
      '𝕏 \u202e',
      'a\\tb',
    ];
    const file = `phone,name,"we""ird\\key"\n${nasty.map((text, i) => `554700000${i},"${text.replaceAll('"', '""')}","${text.replaceAll('"', '""')}"`).join('\n')}\n`;
    const job = await f.runImport(
      workspace,
      Buffer.concat([Buffer.from(file), Buffer.from('5547000009,a\0b,\0\n')]),
    );
    expect(job).toMatchObject({ status: 'done', rows: { created: nasty.length + 1 } });
    const all = await contactsOf(workspace);
    expect(all.map(({ name }) => name)).toEqual([...nasty, 'ab']);
    expect(all.slice(0, -1).map(({ attributes }) => attributes['we"ird\\key'])).toEqual(nasty);
  });

  it.each([
    ['nothing like a phone number', 'cliente,saldo\nAna,5\n', 'no column is named like a phone number'],
    ['a reserved header', 'phone,__proto__\n5548000001,x\n', '"__proto__"'],
  ])('fails with a reason for %s and leaves nothing behind', async (_name, file, reason) => {
    const workspace = f.newWorkspace();
    const job = await f.runImport(workspace, file);
    expect(job).toMatchObject({
      status: 'failed',
      error: expect.stringContaining(reason),
      rows: { read: 0 },
    });
    expect(await outboxOf(workspace)).toMatchObject([{ payload: { status: 'failed' } }]);
    await expect(access(job.filePath)).rejects.toThrow('ENOENT');
  });

  it('refuses at once what is no CSV', async () => {
    const workspace = f.newWorkspace();
    await expect(f.startImport(workspace, 'PK\x03\x04...')).rejects.toMatchObject({ code: 'file_refused' });
    await expect(f.startImport(workspace, '')).rejects.toThrow('empty');
    await expect(f.startImport(workspace, 'phone\n1', { dryRun: 'x' })).rejects.toThrow('dryRun');
    expect(await f.sql.query('SELECT 1 FROM imports WHERE workspace_id = $1', [workspace])).toEqual([]);
  });
});
