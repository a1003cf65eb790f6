import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importRoutes, type ImportRoutes } from './import-routes.js';
import { workbookOf, workbookOfRows } from './import-workbook.js';

const TEXT = 'teléfono;nombre;nota\n55 1234 5678;Zoë Ñandú;“dos – tres”\n';

function windows1252(text: string): Buffer {
  const codes: Record<string, number> = { '“': 0x93, '”': 0x94, '–': 0x96, '€': 0x80 };
  return Buffer.from([...text].map((char) => codes[char] ?? char.charCodeAt(0)));
}

describe('a file that people really have', () => {
  let routes: ImportRoutes;

  beforeAll(async () => {
    routes = await importRoutes();
  });
  beforeEach(() => void routes.newWorkspace());
  afterAll(() => routes.close());

  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16 LE', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
    ['UTF-16 BE', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16()],
    ['Windows-1252', windows1252(TEXT)],
    ['Windows line ends', Buffer.from(TEXT.replaceAll('\n', '\r\n'))],
    ['old Mac line ends', Buffer.from(TEXT.replaceAll('\n', '\r'))],
    ['tabs', Buffer.from(TEXT.replaceAll(';', '\t'))],
    ['pipes', Buffer.from(TEXT.replaceAll(';', '|'))],
    [
      'a workbook under the name of a CSV',
      workbookOfRows(
        TEXT.trim()
          .split('\n')
          .map((line) => line.split(';')),
      ),
    ],
  ])('comes in as it is: %s', async (_what, file) => {
    const { job, contacts } = await routes.imported(file);
    expect(job).toMatchObject({ status: 'done', rows: { read: 1, created: 1 } });
    expect(contacts).toMatchObject([
      { phone: '+525512345678', name: 'Zoë Ñandú', attributes: { nota: '“dos – tres”' } },
    ]);
    expect(await routes.uploadsLeft()).toEqual([]);
  });

  it('comes in from a workbook with numbers, formulas, dates and money as people see them', async () => {
    const file = workbookOf({
      sharedStrings: ['Celular', 'Nombre', 'Cita', 'Saldo', 'Ana', 'Eva'],
      formats: ['dd/mm/yyyy', '"$"#,##0.00', '0.00E+00'],
      rows:
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row>' +
        '<row r="2"><c r="A2"><v>5215512345678</v></c><c r="B2" t="s"><v>4</v></c><c r="C2" s="1"><v>45731</v></c><c r="D2" s="2"><f>1000+234.5</f><v>1234.5</v></c></row>' +
        '<row r="4"><c r="A4" s="3"><v>5.215512345679E12</v></c><c r="B4" t="s"><v>5</v></c></row>' +
        '<row r="7"><c r="A7" t="e"><v>#REF!</v></c></row>',
    });
    const dry = await routes.imported(file, { dryRun: 'true' });
    expect(dry.contacts).toEqual([]);
    const { job, contacts, errors } = await routes.imported(file);
    expect(job.rows).toEqual({ read: 3, created: 2, updated: 0, unchanged: 0, failed: 1 });
    expect(dry.job.rows).toEqual(job.rows);
    expect(contacts).toMatchObject([
      { phone: '+525512345678', name: 'Ana', attributes: { Cita: '15/03/2025', Saldo: '$1,234.50' } },
      { phone: '+525512345679', name: 'Eva', attributes: {} },
    ]);
    expect(errors).toContain('\r\n7,Celular,#REF!,');
  });

  it.each([
    ['５５１２３４５６７８', '+525512345678'],
    ['٥٥١٢٣٤٥٦٧٨', '+525512345678'],
    ['0052 55 1234 5678', '+525512345678'],
    ['+52 1 55 1234 5678', '+525512345678'],
    ['5.215512345678E+12', '+525512345678'],
    ['5512345678.0', '+525512345678'],
    ['="5512345678"', '+525512345678'],
    ['5.21551E+12', 'lost its last digits'],
    ['55 1234 5678 ext. 12', 'has an extension'],
    ['55-CASA-5678', 'has letters in it'],
    ['123', 'too short'],
    ['123456789012345678901234567890', 'too long'],
    ['', 'empty'],
  ])('has the number %s, which is %s', async (written, outcome) => {
    const { job, contacts, errors } = await routes.imported(
      `nombre\ttelefono\nAna\t"${written.replaceAll('"', '""')}"\n`,
    );
    expect(job.rows.failed).toBe(outcome.startsWith('+') ? 0 : 1);
    if (outcome.startsWith('+')) expect(contacts.map(({ phone }) => phone)).toEqual([outcome]);
    else expect(errors).toContain(outcome);
  });

  it('comes in with NUL, broken and overlong bytes and control characters, and COPY takes all of it', async () => {
    const overlong = [
      [0xc0, 0x80],
      [0xe0, 0x80, 0xaf],
      [0xf0, 0x80, 0x80, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf8, 0x88, 0x80, 0x80, 0x80],
      [0xff],
      [0x00],
      [0x01, 0x7f],
    ];
    const lines = overlong.map((bytes, i) =>
      Buffer.concat([Buffer.from(`551234567${i},Peña Ñ `), Buffer.from(bytes), Buffer.from('.\n')]),
    );
    const file = Buffer.concat([Buffer.from('\ufeffteléfono,nombre\n'), ...lines]);
    const { job, contacts } = await routes.imported(file);
    expect(job).toMatchObject({ status: 'done', rows: { read: 8, created: 8 } });
    for (const { name } of contacts) expect(name).toMatch(/^Peña Ñ [\ufffd\u0001\u007f]*\.$/);
    const [utf16] = (
      await routes.imported(Buffer.from('\ufefftel,nombre\n5512345690,a\ud800b\n', 'utf16le'))
    ).contacts.slice(-1);
    expect(utf16?.name).toBe('a\ufffdb');
  });

  it('has headers that would be prototypes, repeat themselves or are empty', async () => {
    const file = 'telefono,constructor,toString,saldo,saldo,\n5512345678,a,b,c,d,e\n';
    const { contacts } = await routes.imported(file);
    expect(contacts[0]?.attributes).toEqual({
      constructor: 'a',
      toString: 'b',
      saldo: 'c',
      'saldo (2)': 'd',
      'column 6': 'e',
    });
    expect(({} as Record<string, unknown>)['saldo']).toBeUndefined();
    const { job } = await routes.imported('telefono,__proto__\n5512345678,x\n');
    expect(job).toMatchObject({ status: 'failed', error: expect.stringContaining('"__proto__"') });
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it.each([
    [
      '10,000 columns',
      `${Array.from({ length: 10_000 }, (_, i) => `c${i}`).join(',')}\n1\n`,
      '10000 columns',
    ],
    ['one line that is longer than any row may be', `"${'x'.repeat(600_000)}`, 'longer than 262144 bytes'],
    ['no row', '\n\n\n', 'no rows'],
    ['no phone number', 'cliente,saldo\nAna,5\n', 'no column is named like a phone number'],
  ])('fails with a reason for %s, and nothing stays', async (_what, file, reason) => {
    const { job, contacts, errors } = await routes.imported(file);
    expect(job).toMatchObject({ status: 'failed', rows: { read: 0, failed: 0 } });
    expect(job.error).toContain(reason);
    expect(contacts).toEqual([]);
    expect(errors).toBe('row,column,value,reason\r\n');
    expect(await routes.uploadsLeft()).toEqual([]);
  });

  it.each([
    ['a program', Buffer.from('\x7fELF\x02\x01\x01', 'latin1')],
    ['a Windows program', Buffer.from('MZ\x90\x00', 'latin1')],
    ['a web page', Buffer.from('\n<!DOCTYPE html><html><table>')],
    ['JSON', Buffer.from('[{"phone": 1}]')],
    ['a PDF', Buffer.from('%PDF-1.7')],
    ['a picture', Buffer.from('\x89PNG\r\n', 'latin1')],
    ['a gzip, bomb or not', gzipSync(Buffer.alloc(10_000_000))],
    ['an old workbook', Buffer.from('\xd0\xcf\x11\xe0', 'latin1')],
    ['a zip of nothing', Buffer.from(`PK\x05\x06${'\0'.repeat(18)}`, 'latin1')],
    ['half a workbook', workbookOfRows([['telefono']]).subarray(0, 500)],
    ['nothing', Buffer.alloc(0)],
  ])('is refused at once when it is %s', async (_what, file) => {
    const answer = await routes.upload(file);
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'file_refused' }]);
    expect(await routes.uploadsLeft()).toEqual([]);
  });
});
