import { posix } from 'node:path';
import { FileRefused } from '../file-refused.js';
import { readXml, type XmlHandler } from './xml-parts.js';
import type { ZipArchive } from './zip-archive.js';

/** Where the parts of a workbook are that a list of contacts needs. */
export interface Workbook {
  /** The first sheet that is to be seen. */
  readonly sheet: string;
  readonly sheetName: string;
  readonly sharedStrings: string | undefined;
  readonly styles: string | undefined;
  /** Days are counted from 1904, as on old Macs. */
  readonly is1904: boolean;
}

interface Relation {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
}

interface SheetEntry {
  readonly name: string;
  readonly relation: string;
  readonly isHidden: boolean;
}

const SMALL_PART_BYTES = 16 * 1024 ** 2;
const MOST_SHEETS = 10_000;

/** Parts that other archives have, and what to do with such a file. */
const OTHER_KINDS: readonly (readonly [part: string, what: string])[] = [
  ['xl/workbook.bin', 'a binary Excel workbook (.xlsb); save it as .xlsx or CSV UTF-8'],
  ['word/document.xml', 'a Word document; save the list as .xlsx or CSV UTF-8'],
  ['content.xml', 'an OpenDocument file; if it is a spreadsheet, save it as .xlsx or CSV UTF-8'],
];

/** Finds the parts by their relations, as their names are nothing to go by. Throws FileRefused for other archives. */
export async function findWorkbook(archive: ZipArchive): Promise<Workbook> {
  const other = OTHER_KINDS.find(([part]) => archive.has(part));
  if (other !== undefined) throw new FileRefused(`the file is ${other[1]}`);
  const root = archive.has('_rels/.rels') ? await relationsOf(archive, '_rels/.rels', '') : [];
  const path = root.find(({ kind }) => kind === 'officeDocument')?.target ?? 'xl/workbook.xml';
  if (!archive.has(path)) {
    throw new FileRefused('the file is a zip archive and no Excel workbook; unpack it first');
  }
  const folder = posix.dirname(path);
  const relations = await relationsOf(archive, `${folder}/_rels/${posix.basename(path)}.rels`, folder);
  const { sheets, is1904 } = await describedBy(archive, path);
  const targets = new Map(relations.map((relation) => [relation.id, relation]));
  const first = sheets.find(
    ({ isHidden, relation }) => !isHidden && targets.get(relation)?.kind === 'worksheet',
  );
  if (first === undefined) throw new FileRefused('the workbook has no sheet that is to be seen');
  const partOf = (kind: string): string | undefined => {
    const part = relations.find((relation) => relation.kind === kind)?.target;
    return part !== undefined && archive.has(part) ? part : undefined;
  };
  return {
    sheet: targets.get(first.relation)?.target ?? '',
    sheetName: first.name,
    sharedStrings: partOf('sharedStrings'),
    styles: partOf('styles'),
    is1904,
  };
}

async function relationsOf(archive: ZipArchive, part: string, folder: string): Promise<Relation[]> {
  const relations: Relation[] = [];
  const handler: XmlHandler = {
    open(name, { Id = '', Type = '', Target = '', TargetMode }) {
      if (name !== 'Relationship' || TargetMode === 'External' || relations.length >= MOST_SHEETS) return;
      const target = Target.startsWith('/') ? Target.slice(1) : posix.join(folder, Target);
      relations.push({ id: Id, kind: Type.slice(Type.lastIndexOf('/') + 1), target });
    },
  };
  await readXml(archive.read(part, SMALL_PART_BYTES), handler);
  return relations;
}

async function describedBy(
  archive: ZipArchive,
  part: string,
): Promise<{ sheets: SheetEntry[]; is1904: boolean }> {
  const sheets: SheetEntry[] = [];
  let is1904 = false;
  const handler: XmlHandler = {
    open(name, attributes) {
      if (name === 'workbookPr') is1904 = ['1', 'true'].includes(attributes['date1904'] ?? '');
      if (name !== 'sheet' || sheets.length >= MOST_SHEETS) return;
      const relation = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
      const isHidden = (attributes['state'] ?? 'visible') !== 'visible';
      sheets.push({ name: attributes['name'] ?? '', relation, isHidden });
    },
  };
  await readXml(archive.read(part, SMALL_PART_BYTES), handler);
  return { sheets, is1904 };
}
