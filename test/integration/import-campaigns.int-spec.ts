import { readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.js';
import { CampaignsFixture, type Reply } from './campaigns/campaigns-app.js';
import { workbookOf, workbookOfRows } from './import-workbook.js';

const BOUNDARY = 'a-boundary';
const FORM = `multipart/form-data; boundary=${BOUNDARY}`;

function field(name: string, value: string): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

function filePart(file: Buffer | string): Buffer {
  const disposition = 'Content-Disposition: form-data; name="file"; filename="lista.xlsx"';
  return Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\n${disposition}\r\n\r\n`),
    Buffer.from(file as string),
    Buffer.from('\r\n'),
  ]);
}

describe('a campaign to the people of a file', () => {
  let fixture: CampaignsFixture;
  let channelId: string;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
    channelId = await fixture.createChannel({ name: 'Ventas' });
  });
  afterAll(() => fixture.stop());

  const openFiles = () => readdirSync('/dev/fd').length;
  const uploadsLeft = () =>
    readdir(join(fixture.get(Config as Type<Config>).dataDir, 'uploads')).catch(() => []);

  async function post(path: string, payload: Buffer | string, contentType = FORM): Promise<Reply> {
    const reply = await fixture.app.inject({
      method: 'POST',
      url: path,
      headers: { authorization: 'Bearer an admin key for these tests', 'content-type': contentType },
      payload,
    });
    return { status: reply.statusCode, text: reply.body, body: JSON.parse(reply.body) };
  }

  function create(file: Buffer | string): Promise<Reply> {
    const fields = [
      field('name', 'mayo'),
      field('message', 'Hola {{nombre}}, tu cita: {{cita}}'),
      field('channelIds', JSON.stringify([channelId])),
    ];
    return post(
      '/api/campaigns',
      Buffer.concat([
        ...fields.map((text) => Buffer.from(text)),
        filePart(file),
        Buffer.from(`--${BOUNDARY}--\r\n`),
      ]),
    );
  }

  it('explains the rejected rows behind the last good one too', async () => {
    const { body } = await create('telefono;nombre;cita\n5511110003;Ana;mayo\nninguno;Eva;mayo\n');
    await fixture.start(body.id);
    await fixture.prepare(body.id);
    expect(await fixture.progressOf(body.id)).toMatchObject({ total: 2, pending: 1, skipped: 1 });
  });

  it('takes a workbook as it takes a CSV, with dates and numbers as people see them', async () => {
    const rows =
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>' +
      '<row r="2"><c r="A2"><v>5215511110001</v></c><c r="B2" t="s"><v>3</v></c><c r="C2" s="1"><v>45731</v></c></row>' +
      '<row r="3"><c r="A3" t="s"><v>4</v></c></row>' +
      '<row r="4"><c r="A4"><v>5511110001</v></c><c r="B4" t="s"><v>3</v></c><c r="C4" s="1"><v>45731</v></c></row>' +
      '<row r="7"><c r="A7"><v>5511110002</v></c><c r="B7" t="s"><v>3</v></c><c r="C7" s="1"><v>45732</v></c></row>';
    const sharedStrings = ['Celular', 'Nombre', 'Cita', 'Ana', 'ninguno'];
    const { status, body } = await create(workbookOf({ sharedStrings, formats: ['dd/mm/yyyy'], rows }));
    expect(status).toBe(201);
    expect(body.audience).toMatchObject({ kind: 'file', fileName: 'lista.xlsx', rows: 4, rejected: 2 });
    await fixture.start(body.id);
    await fixture.prepare(body.id);
    expect(await fixture.progressOf(body.id)).toMatchObject({ total: 4, pending: 2, skipped: 2 });
    const messages = await fixture.messagesOf(body.id);
    expect(messages.map(({ recipient, last_code }) => [recipient, last_code])).toEqual([
      ['+525511110001', null],
      ['ninguno', 'invalid'],
      ['+525511110001', 'duplicate'],
      ['+525511110002', null],
    ]);
    expect(messages[0]?.variables).toMatchObject({ name: 'Ana', cita: '15/03/2025' });
    expect(await uploadsLeft()).toEqual([]);
  });

  it('keeps every row of a file whose rows are long or many', async () => {
    const text = 'telefono;nombre;cita\n';
    const row = (i: number, cita: string) => `${5_520_000_000 + i};Ana;${cita}\n`;
    const long = Array.from({ length: 60 }, (_, i) => row(i, 'x'.repeat(200_000))).join('');
    const many = Array.from({ length: 12_000 }, (_, i) => row(100 + i, 'lunes')).join('');
    const { status, body } = await create(`${text}${long}${many}`);
    expect(status).toBe(201);
    expect(body.audience).toMatchObject({ rows: 12_060, rejected: 0 });
  });

  it.each([
    ['a CSV without a phone number', `cliente,saldo\n${'Ana,5\n'.repeat(100_000)}`, '/mapping'],
    [
      'a workbook without a phone number',
      workbookOfRows(Array.from({ length: 20_000 }, (_, i) => ['cliente', `c${i}`])),
      '/mapping',
    ],
    ['a damaged workbook', workbookOfRows([['telefono'], [5_511_112_222]]).subarray(0, 700), '/file'],
  ])('is refused for %s, and leaves neither file nor descriptor', async (_what, file, pointer) => {
    const before = openFiles();
    for (let i = 0; i < 10; i += 1) {
      const { status, body } = await create(file);
      expect([status, body.code, body.errors[0].pointer]).toEqual([400, 'file_refused', pointer]);
    }
    expect(await uploadsLeft()).toEqual([]);
    await expect.poll(openFiles).toBeLessThanOrEqual(before + 1);
  });

  describe.each(['/api/campaigns', '/api/crear-campana'])('at %s', (path) => {
    const file = filePart('telefono\n5512345678\n');

    it.each([
      ['no boundary', file, 'multipart/form-data'],
      ['another boundary', file, 'multipart/form-data; boundary=other'],
      ['a boundary too long to be one', file, `multipart/form-data; boundary=${'b'.repeat(300)}`],
      ['no end', file, FORM],
      ['half a part', file.subarray(0, 60), FORM],
    ])('is refused for a form with %s, and nothing stays', async (_what, payload, contentType) => {
      const { status, body } = await post(path, payload, contentType);
      expect([status, body.code]).toEqual([400, 'not_multipart']);
      expect(await uploadsLeft()).toEqual([]);
    });
  });
});
