import { describe, expect, it } from 'vitest';
import { workbookOfRows, zipOf } from '../integration/import-workbook.js';
import { Dice, isFull, seeds } from './dice.js';
import { InputStage } from './input-stage.js';

describe.runIf(isFull)('files that hold what nobody expects', () => {
  const stage = InputStage.set();

  it.each(seeds)(
    'I-03 in whatever encoding a file comes, its rows are read or rejected one by one, and COPY takes them [seed %i]',
    async (seed) => {
      const dice = new Dice('I-03', seed);
      const read = { rows: 0, rejected: 0, files: 0 };
      const take = async (encode: (text: string) => Buffer): Promise<string | null> => {
        const phone = stage.newNumbers(1);
        const content = encode(`teléfono;nombre\n${phone};Zoë Ñandú\n`);
        const { status, rows } = await stage.imported({ content });
        expect([status, rows.created]).toEqual(['done', 1]);
        read.files += 1;
        read.rows += rows.read;
        return (await stage.contact(phone)).name;
      };
      const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
      for (const encode of [
        (text: string) => Buffer.from(text),
        (text: string) => Buffer.from(`\ufeff${text}`),
        (text: string) => utf16(`\ufeff${text}`),
        (text: string) => utf16(`\ufeff${text}`).swap16(),
        utf16,
        (text: string) => Buffer.from(text, 'latin1'),
        (text: string) => Buffer.from(text.replace('\n', '\r\n').replace(/\n$/, '\r')),
        (text: string) => Buffer.from(text.replace('Zoë', 'Z\0oë')),
      ]) {
        expect(await take(encode)).toBe('Zoë Ñandú');
      }
      expect(await take((text) => utf16(`\ufeff${text.replace('Zoë', 'Z\ud800')}`))).toBe('Z\ufffd Ñandú');
      // Overlong, a surrogate in UTF-8, five bytes, bytes that begin nothing, controls.
      const broken = ['c080', 'e080af', 'f08080af', 'eda080', 'f888808080', 'ff', 'fe', '80', '00', '017f'];
      const first = stage.newNumbers(broken.length);
      const lines = broken.map((hex, index) =>
        Buffer.concat([Buffer.from(`${first + index};Peña `), Buffer.from(hex, 'hex'), Buffer.from('.\r\n')]),
      );
      const all = await stage.imported({
        content: Buffer.concat([Buffer.from('\ufeffteléfono;nombre\r\n'), ...lines]),
      });
      expect(all).toMatchObject({ status: 'done', rows: { read: broken.length, created: broken.length } });
      dice.tell({
        files: read.files + 1,
        rows: read.rows + all.rows.read,
        rejected: all.rows.failed,
        ...(await stage.expectNothingLeft()),
      });
    },
  );

  it.each(seeds)(
    'I-05 headers that are prototypes, ten thousand, doubled or empty: refused or harmless, in both uploads [seed %i]',
    async (seed) => {
      const dice = new Dice('I-05', seed);
      const phone = stage.newNumbers(4);
      const harmless = await stage.imported({
        content: `telefono,constructor,toString,hasOwnProperty,saldo,saldo,\n${phone},a,b,c,d,e,f\n`,
      });
      expect(harmless.rows.created).toBe(1);
      expect((await stage.contact(phone)).attributes).toEqual({
        constructor: 'a',
        toString: 'b',
        hasOwnProperty: 'c',
        saldo: 'd',
        'saldo (2)': 'e',
        'column 7': 'f',
      });
      const wide = Array.from({ length: 10_000 }, (_, index) => `c${index}`).join(',');
      const refused = [`telefono,__proto__\n${phone + 1},x\n`, `${wide}\n${phone + 1}\n`];
      const channelIds = JSON.stringify([await stage.stack.createChannel()]);
      const fields = { name: 'encabezados', message: 'Hola {{constructor}}', channelIds };
      for (const content of refused) {
        expect((await stage.imported({ content })).status).toBe('failed');
        const { status, body } = await stage.createCampaign({ content }, fields);
        expect([status, body.code]).toEqual([400, 'file_refused']);
      }
      const mapping = '{"__proto__":"name","constructor":"name"}';
      const mapped = await stage.upload({ content: `telefono\n${phone + 2}\n` }, { mapping });
      const failed = mapped.status === 202 ? (await stage.ended(mapped.body.id)).status : 'refused';
      expect(['failed', 'refused']).toContain(failed);
      const { status, body } = await stage.createCampaign(
        { content: `telefono,__defineGetter__\n${phone + 3},x\n` },
        fields,
      );
      expect(status).toBe(201);
      // What every object has is no value of a variable.
      const start = await stage.stack.api.post<{ code: string }>(`/api/campaigns/${body.id}/start`);
      expect([start.status, start.body.code]).toEqual([422, 'missing_variables']);
      dice.tell({ 'refused files': refused.length * 2, ...(await stage.expectNothingLeft()) });
    },
  );

  it.each(seeds)(
    'I-07 what is called .csv and is a workbook is read as one; programs, pages and documents are refused [seed %i]',
    async (seed) => {
      const dice = new Dice('I-07', seed);
      const workbook = await stage.imported({
        content: workbookOfRows([
          ['telefono', 'nombre'],
          [stage.newNumbers(1), 'Ana'],
        ]),
      });
      expect(workbook.rows.created).toBe(1);
      const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
      const foreign: readonly Buffer[] = [
        latin1('\x7fELF\x02\x01\x01'),
        latin1('MZ\x90\x00\x03'),
        Buffer.from('\n <!DOCTYPE html><html><table><tr><td>telefono</td></tr></table>'),
        Buffer.from('<?xml version="1.0"?><contacts/>'),
        Buffer.from('%PDF-1.7\ntelefono'),
        Buffer.from('[{"telefono":"5512345678"}]'),
        latin1('\x89PNG\r\n\x1a\n'),
        latin1('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'),
        latin1(`PK\x05\x06${'\0'.repeat(18)}`),
        zipOf([{ name: 'word/document.xml', content: '<w/>' }]),
        Buffer.alloc(0),
      ];
      for (const content of foreign) {
        const { status, body } = await stage.upload({ content });
        expect([status, body.code], content.toString('latin1')).toEqual([400, 'file_refused']);
        expect(body.detail).not.toBe('');
      }
      dice.tell({ refused: foreign.length, 'workbooks taken': 1, ...(await stage.expectNothingLeft()) });
    },
  );

  it.each(seeds)(
    'I-10 phone numbers as people write them become one form, or are rejected with the reason [seed %i]',
    async (seed) => {
      const dice = new Dice('I-10', seed);
      const first = stage.newNumbers(8);
      const digits = (index: number): string => String(first + index);
      const shifted = (text: string, zero: number): string =>
        text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
      const taken = [
        shifted(digits(0), 0xff10),
        shifted(digits(1), 0x660),
        `0052 ${digits(2)}`,
        `+52 1 ${digits(3)}`,
        (5_210_000_000_000 + first + 4).toExponential().replace('e', 'E'),
        `${digits(5)}.0`,
        `="${digits(6)}"`,
        `(${digits(7).slice(0, 2)}) ${digits(7).slice(2, 6)}-${digits(7).slice(6)}`,
      ];
      const refused: readonly (readonly [string, string])[] = [
        ['5.21551E+12', 'lost its last digits'],
        ['55 1234 5678 ext. 12', 'has an extension'],
        ['55-CASA-5678', 'has letters in it'],
        ['123', 'too short'],
        ['1'.repeat(30), 'too long'],
        ['no tiene', 'has letters in it'],
        ['', 'empty'],
      ];
      const cells = [...taken, ...refused.map(([written]) => written)];
      const { rows, rejects } = await stage.imported({
        content: `nombre\ttelefono\n${cells.map((cell) => `Ana\t"${cell.replaceAll('"', '""')}"\n`).join('')}`,
      });
      expect(rejects.map(({ reason }) => reason)).toEqual(
        refused.map(([, reason]) => expect.stringContaining(reason)),
      );
      expect(rows).toMatchObject({ created: taken.length, failed: refused.length });
      for (let index = 0; index < taken.length; index += 1) {
        expect(await stage.contact(first + index), taken[index]).toMatchObject({ name: 'Ana' });
      }
      dice.tell({
        normalised: rows.created,
        rejected: rows.failed,
        ...(await stage.expectNothingLeft()),
      });
    },
  );
});
