import { plainName } from './column-names.js';
import { FileRefused } from './file-refused.js';
import type { Table } from './table.js';

export const CONTACT_FIELDS = ['phone', 'name', 'tags', 'timezone', 'locale'] as const;
export type ContactField = (typeof CONTACT_FIELDS)[number];

/** Column header (or its number) → a contact field, the name of an attribute, or `ignore`. */
export type ColumnMapping = Readonly<Record<string, string>>;

/** Where in a row each thing stands. */
export interface ColumnPlan {
  readonly phone: number;
  readonly name?: number;
  readonly tags?: number;
  readonly timezone?: number;
  readonly locale?: number;
  /** Every other column, under the header as written. */
  readonly attributes: readonly { readonly index: number; readonly key: string }[];
}

/** Header names that mean a field, in the form of plainName; earlier ones win when a file has several. */
const NAMES: Record<ContactField, readonly string[]> = {
  phone: [
    'whatsapp',
    'telefono',
    'phone',
    'celular',
    'movil',
    'phone number',
    'numero de telefono',
    'numero telefono',
    'telefono celular',
    'telefono movil',
    'numero de whatsapp',
    'numero whatsapp',
    'whatsapp number',
    'numero celular',
    'numero de celular',
    'mobile',
    'mobile phone',
    'mobile number',
    'cell',
    'cell phone',
    'cellphone',
    'tel',
    'cel',
    'msisdn',
    'wa id',
    'recipient',
    'telefone',
    'numero',
    'number',
  ],
  name: ['nombre', 'name', 'nombre completo', 'full name', 'nombres', 'nome', 'first name', 'contacto'],
  tags: ['etiquetas', 'tags', 'etiqueta', 'tag', 'labels'],
  timezone: ['zona horaria', 'timezone', 'time zone', 'huso horario'],
  locale: ['idioma', 'locale', 'language', 'lang', 'lengua'],
};

/** Words that give a phone column away inside a longer header such as "Tel. del titular". */
const PHONE_WORDS = new Set([
  'telefono',
  'tel',
  'celular',
  'cel',
  'movil',
  'whatsapp',
  'phone',
  'mobile',
  'msisdn',
  'telefone',
]);

/** The name of a column that can only hold phone numbers. */
export function isPhoneName(name: string): boolean {
  return NAMES.phone.includes(plainName(name));
}

/** Decides what each column is: as the mapping says, else by its name; without a header by what the first row holds. */
export function planColumns(
  table: Pick<Table, 'columns' | 'hasHeader' | 'phoneColumn'>,
  mapping: ColumnMapping = {},
): ColumnPlan {
  const plain = table.columns.map(plainName);
  const fields: Partial<Record<ContactField, number>> = {};
  const decided = new Map<number, string>();
  for (const [column, target] of Object.entries(mapping)) {
    const index = mappedColumn(column, plain, table.columns);
    decided.set(index, target);
    const field = CONTACT_FIELDS.find((known) => known === target);
    if (field === undefined) continue;
    if (fields[field] !== undefined) {
      throw new FileRefused(`mapping gives two columns to "${field}"`, '/mapping');
    }
    fields[field] = index;
  }
  for (const field of CONTACT_FIELDS) {
    fields[field] ??= free(
      decided,
      NAMES[field].map((name) => plain.indexOf(name)),
    );
    if (fields[field] !== undefined) decided.set(fields[field], field);
  }
  fields.phone ??= table.hasHeader
    ? free(
        decided,
        plain.map((name, index) => (name.split(' ').some((word) => PHONE_WORDS.has(word)) ? index : -1)),
      )
    : free(decided, [table.phoneColumn]);
  const { phone, ...others } = fields;
  if (phone === undefined) {
    throw new FileRefused(
      `no column is named like a phone number (telefono, celular, phone…); the columns are ` +
        `${table.columns
          .slice(0, 20)
          .map((name) => `"${name}"`)
          .join(', ')}. ` +
        `Say which it is with mapping, for example {"${table.columns[0]}": "phone"}`,
      '/mapping',
    );
  }
  decided.set(phone, 'phone');
  const attributes = table.columns.flatMap((key, index) => {
    const target = decided.get(index);
    if (target === undefined) return [{ index, key }];
    const isField = CONTACT_FIELDS.some((field) => field === target) || target === 'ignore';
    return isField ? [] : [{ index, key: target }];
  });
  return { phone, ...others, attributes };
}

function mappedColumn(column: string, plain: readonly string[], columns: readonly string[]): number {
  const exact = columns.indexOf(column);
  if (exact >= 0) return exact;
  const byName = plain.indexOf(plainName(column));
  if (byName >= 0) return byName;
  const number = Number(column);
  if (Number.isInteger(number) && number >= 1 && number <= columns.length) return number - 1;
  throw new FileRefused(
    `mapping names the column "${column}", which the file does not have; it has ` +
      columns
        .slice(0, 20)
        .map((name) => `"${name}"`)
        .join(', '),
    '/mapping',
  );
}

function free(decided: ReadonlyMap<number, string>, candidates: readonly number[]): number | undefined {
  return candidates.find((index) => index >= 0 && !decided.has(index));
}
