import multipart from '@fastify/multipart';
import { Module, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { NestFactory, APP_GUARD } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdempotencyRepository } from '../../src/auth/idempotency.repository.js';
import type { AuthenticatedRequest } from '../../src/auth/principal.js';
import { ProblemFilter } from '../../src/common/problem.filter.js';
import { RequestValidationPipe } from '../../src/common/validation.pipe.js';
import { Config } from '../../src/config/config.js';
import { ContactController } from '../../src/contacts/contact.controller.js';
import { ContactExport } from '../../src/contacts/contact-export.js';
import { ContactService } from '../../src/contacts/contact.service.js';
import { ImportController } from '../../src/contacts/import/import.controller.js';
import { ImportProgress } from '../../src/contacts/import/import-progress.js';
import { ImportService } from '../../src/contacts/import/import.service.js';
import { UploadStore } from '../../src/contacts/import/upload-store.js';
import { contactsFixture, type ContactsFixture } from './contacts-fixture.js';

const MAX_FILE_BYTES = 200_000;

describe('the contacts routes', () => {
  let f: ContactsFixture;
  let app: NestFastifyApplication;
  let url: string;
  let workspaceId: string;

  beforeAll(async () => {
    f = await contactsFixture();
    workspaceId = f.newWorkspace();
    const guard: CanActivate = {
      canActivate(context: ExecutionContext) {
        const principal = { workspaceId, keyId: 'k', keyName: 'spec', role: 'admin' } as const;
        context.switchToHttp().getRequest<AuthenticatedRequest>().principal = principal;
        return true;
      },
    };
    const config = { ...f.config, imports: { ...f.config.imports, maxFileBytes: MAX_FILE_BYTES } };

    @Module({
      controllers: [ImportController, ContactController],
      providers: [
        { provide: APP_GUARD, useValue: guard },
        { provide: Config, useValue: config },
        { provide: ContactService, useValue: f.contacts },
        { provide: ContactExport, useValue: f.exporter },
        { provide: ImportService, useValue: f.importService },
        { provide: ImportProgress, useValue: new ImportProgress(f.importService) },
        { provide: UploadStore, useValue: f.uploads },
        { provide: IdempotencyRepository, useValue: new IdempotencyRepository(f.sql) },
      ],
    })
    class SpecModule {}

    app = await NestFactory.create<NestFastifyApplication>(SpecModule, new FastifyAdapter(), {
      logger: false,
    });
    app.useGlobalPipes(new RequestValidationPipe());
    app.useGlobalFilters(new ProblemFilter());
    await app.register(multipart);
    await app.listen(0, '127.0.0.1');
    url = `${await app.getUrl()}/api/contacts`;
  });
  afterAll(async () => {
    await app?.close();
    await f?.close();
  });

  const send = (method: string, path: string, body?: unknown) =>
    fetch(`${url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });

  function form(file: string | null, fields: Record<string, string> = {}): FormData {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    if (file !== null) data.set('file', new Blob([file]), 'clientes.csv');
    return data;
  }

  const upload = (body: FormData) => fetch(`${url}/imports`, { method: 'POST', body });
  const uploadsLeft = () => readdir(join(f.config.dataDir, 'uploads')).catch(() => []);

  it('create, show, change, opt out, opt in and delete a contact', async () => {
    const made = await send('POST', '', {
      phone: '55 7000 0001',
      name: 'Ana',
      attributes: { saldo: 5 },
      tags: ['a'],
    });
    expect(made.status).toBe(201);
    const contact = (await made.json()) as { id: string };
    expect(contact).toMatchObject({
      id: expect.stringMatching(/^\d+$/),
      phone: '+525570000001',
      optedOut: false,
      optedOutAt: null,
      timezone: null,
    });
    const path = `/${contact.id}`;
    expect(await (await send('GET', path)).json()).toEqual(contact);
    expect(await (await send('PATCH', path, { timezone: 'America/Lima' })).json()).toMatchObject({
      timezone: 'America/Lima',
    });
    expect(await (await send('POST', `${path}/opt-out`, { reason: 'por teléfono' })).json()).toMatchObject({
      optedOut: true,
    });
    expect(await (await send('GET', '?optedOut=true&limit=1')).json()).toMatchObject({
      items: [{ id: contact.id }],
      nextCursor: null,
    });
    const back = await send('POST', `${path}/opt-in`);
    expect([back.status, await back.json()]).toMatchObject([200, { optedOut: false }]);
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('GET', path)).status).toBe(404);
  });

  it.each([
    [{ phone: '12' }, '/phone'],
    [{}, '/phone'],
    [{ phone: '5570000002', timezone: 'Mars' }, '/timezone'],
    [{ phone: '5570000002', locale: 'x' }, '/locale'],
    [{ phone: '5570000002', tags: 'a' }, '/tags'],
    [{ phone: '5570000002', attributes: { a: {} } }, '/attributes'],
    [{ phone: '5570000002', attributes: { 'a\0': 1 } }, '/attributes'],
    [{ phone: '5570000002', name: 'a\0b' }, '/name'],
    [{ phone: '5570000002', colour: 'red' }, '/colour'],
  ])('answer 400 to %j and point at the field', async (body, pointer) => {
    const answer = await send('POST', '', body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ pointer }] });
  });

  it('answer 409 with a code to a number that exists', async () => {
    await send('POST', '', { phone: '5570000003' });
    const answer = await send('POST', '', { phone: '+52 1 55 7000 0003' });
    expect([answer.status, await answer.json()]).toMatchObject([409, { code: 'contact_exists' }]);
  });

  it('export a CSV', async () => {
    await send('POST', '', { phone: '5570000004' });
    const answer = await send('GET', '/export.csv');
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(await answer.text()).toMatch(/^phone,name,tags,.*\r\n'\+52/);
  });

  it('import a file, tell of its progress as events, and list what was rejected', async () => {
    const answer = await upload(
      form('nombre;tel raro\n=Ana;5571000001\nEva;123\n', {
        mapping: '{"Tel raro":"phone"}',
        tags: 'x',
        dryRun: 'false',
      }),
    );
    expect(answer.status).toBe(202);
    const { id, status } = (await answer.json()) as { id: string; status: string };
    expect(status).toBe('running');

    const events = await (await send('GET', `/imports/${id}/events`)).text();
    const kinds = [...events.matchAll(/^event: (.*)$/gm)].map(([, kind]) => kind);
    expect(kinds.at(-1)).toBe('end');
    expect(kinds.slice(0, -1).every((kind) => kind === 'progress')).toBe(true);
    expect(events).toContain('"status":"done"');

    expect(await (await send('GET', `/imports/${id}`)).json()).toMatchObject({
      id,
      status: 'done',
      fileName: 'clientes.csv',
      rows: { read: 2, created: 1, updated: 0, unchanged: 0, failed: 1 },
      bytes: { read: 40, total: 40 },
    });
    const errors = await send('GET', `/imports/${id}/errors.csv`);
    expect(await errors.text()).toBe('row,column,value,reason\r\n3,tel raro,123,too short: 3 digits\r\n');
    expect((await send('POST', `/imports/${id}/cancel`)).status).toBe(409);
    expect(await uploadsLeft()).toEqual([]);
  });

  it.each([
    ['a file that is too large', form('x'.repeat(MAX_FILE_BYTES + 1)), 413, 'file_too_large'],
    ['a workbook', form('PK\x03\x04'), 400, 'file_refused'],
    ['no file', form(null, { tags: 'a' }), 400, 'validation_failed'],
    ['an unknown field', form('phone\n1', { colour: 'red' }), 400, 'validation_failed'],
    ['a bad country', form('phone\n1', { defaultCountry: 'Mexico' }), 400, 'validation_failed'],
  ])('refuse %s and keep nothing of it', async (_what, body, status, code) => {
    const answer = await upload(body);
    expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
    expect(await uploadsLeft()).toEqual([]);
  });

  it('refuse a body that is no form, and an import that does not exist', async () => {
    expect((await send('POST', '/imports', { file: 'x' })).status).toBe(400);
    expect((await send('GET', '/imports/x')).status).toBe(404);
    expect((await send('GET', `/imports/${f.newWorkspace()}/events`)).status).toBe(404);
    expect((await send('GET', `/imports/${f.newWorkspace()}/errors.csv`)).status).toBe(404);
  });

  it('keep nothing of an upload that breaks off', async () => {
    // Not fetch: after an abort it opens a connection that it never uses and that the server would wait for.
    const broken = request(`${url}/imports`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    broken.on('error', () => undefined);
    broken.write(
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nphone\n5572000001\n',
    );
    await expect.poll(uploadsLeft).toHaveLength(1);
    broken.destroy();
    await expect.poll(uploadsLeft).toEqual([]);
  });
});
