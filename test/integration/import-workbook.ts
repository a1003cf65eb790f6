import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipPart {
  readonly name: string;
  readonly content: Buffer | string;
  /** What the directory says that it inflates to, where that is a lie. */
  readonly declaredBytes?: number;
}

/** A zip archive, written by hand so that a spec can make one that no program would. */
export function zipOf(parts: readonly ZipPart[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, declaredBytes } of parts) {
    const bytes = Buffer.from(content as string);
    const packed = deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(declaredBytes ?? bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, place, Buffer.from(name)]),
    );
    locals.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, listed, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

export interface WorkbookParts {
  /** The rows: `<row r="1"><c r="A1" t="s"><v>0</v></c></row>`… */
  readonly rows: string;
  readonly sharedStrings?: readonly string[];
  /** Number formats, which the cells name as styles 1, 2, 3…; style 0 is General. */
  readonly formats?: readonly string[];
  readonly sheets?: string;
  readonly is1904?: boolean;
}

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** The parts of a workbook as Excel writes them. */
export function workbookParts({
  rows,
  sharedStrings = [],
  formats = [],
  sheets = '<sheet name="Hoja1" sheetId="1" r:id="rId1"/>',
  is1904 = false,
}: WorkbookParts): ZipPart[] {
  const relation = (id: string, kind: string, target: string) =>
    `<Relationship Id="${id}" Type="${OFFICE}/${kind}" Target="${target}"/>`;
  return [
    { name: '[Content_Types].xml', content: `${XML}<Types/>` },
    {
      name: '_rels/.rels',
      content: `${XML}<Relationships>${relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      content: `${XML}<workbook xmlns:r="${OFFICE}"><workbookPr date1904="${is1904 ? 1 : 0}"/><sheets>${sheets}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content:
        `${XML}<Relationships>${relation('rId1', 'worksheet', 'worksheets/sheet1.xml')}` +
        `${relation('rId2', 'worksheet', '/xl/worksheets/sheet2.xml')}${relation('rId3', 'styles', 'styles.xml')}` +
        `${relation('rId4', 'sharedStrings', 'sharedStrings.xml')}</Relationships>`,
    },
    {
      name: 'xl/styles.xml',
      content:
        `${XML}<styleSheet><numFmts>${formats.map((code, i) => `<numFmt numFmtId="${164 + i}" formatCode="${escaped(code)}"/>`).join('')}</numFmts>` +
        `<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${formats.map((_, i) => `<xf numFmtId="${164 + i}"/>`).join('')}<xf numFmtId="14"/></cellXfs></styleSheet>`,
    },
    {
      name: 'xl/sharedStrings.xml',
      content: `${XML}<sst>${sharedStrings.map((text) => (text.startsWith('<') ? `<si>${text}</si>` : `<si><t>${escaped(text)}</t></si>`)).join('')}</sst>`,
    },
    { name: 'xl/worksheets/sheet1.xml', content: sheetXml(rows) },
    { name: 'xl/worksheets/sheet2.xml', content: sheetXml('<row><c><v>2</v></c></row>') },
  ];
}

export function workbookOf(parts: WorkbookParts): Buffer {
  return zipOf(workbookParts(parts));
}

/** A workbook of text cells and numbers, in rows without gaps. */
export function workbookOfRows(rows: readonly (readonly (string | number)[])[]): Buffer {
  const xml = rows.map((cells) => {
    const written = cells.map((cell) =>
      typeof cell === 'number'
        ? `<c><v>${cell}</v></c>`
        : `<c t="inlineStr"><is><t xml:space="preserve">${escaped(cell)}</t></is></c>`,
    );
    return `<row>${written.join('')}</row>`;
  });
  return workbookOf({ rows: xml.join('') });
}

function sheetXml(rows: string): string {
  return `${XML}<worksheet><dimension ref="A1"/><cols><col min="1" max="1"/></cols><sheetData>${rows}</sheetData><mergeCells/></worksheet>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
