import type { CountryCode } from 'libphonenumber-js';
import { variableKey } from '../../channels/render-content.js';
import { canonicalRecipient } from '../../common/recipient.js';
import { planColumns, type ColumnMapping } from '../../contacts/import/column-plan.js';
import type { RowReject, TableRow } from '../../contacts/import/table-row.js';
import type { Table } from '../../contacts/import/table.js';
import type { FileColumn } from './audience.js';

/** A row of an uploaded file as it is kept with its campaign. */
export interface UploadedRecipient {
  readonly rowNumber: number;
  /** Canonical; of a row that cannot be sent, what the cell said. */
  readonly recipient: string;
  readonly name: string | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly reject: 'invalid' | null;
}

/** Turns rows of a table into recipients; made once a file. */
export interface RecipientReader {
  /** The columns as variables find them. */
  readonly columns: readonly FileColumn[];
  row(row: TableRow): UploadedRecipient;
  reject(reject: RowReject): UploadedRecipient;
}

const LONGEST_SHOWN = 64;

export function recipientReader(
  table: Pick<Table, 'columns' | 'hasHeader' | 'phoneColumn'>,
  options: { readonly mapping?: ColumnMapping; readonly defaultCountry?: CountryCode },
): RecipientReader {
  const plan = planColumns(table, options.mapping);
  // Here a column of tags or time zones is a variable like any other.
  const others = [plan.tags, plan.timezone, plan.locale].flatMap((index) =>
    index === undefined ? [] : [{ index, key: table.columns[index]! }],
  );
  const variables = [...plan.attributes, ...others]
    .map(({ index, key }) => ({ index, name: key, key: variableKey(key) }))
    .filter((column) => column.key !== '');
  const columns: FileColumn[] = [
    columnOf(table.columns[plan.phone]!, 'phone'),
    ...(plan.name === undefined ? [] : [columnOf(table.columns[plan.name]!, 'name')]),
    ...variables.map(({ name, key }): FileColumn => ({ name, key, field: 'variable' })),
  ];
  return {
    columns,
    row: ({ number, cells }) => {
      const phone = cells[plan.phone] ?? '';
      const parsed = canonicalRecipient(phone, options.defaultCountry);
      return {
        rowNumber: number,
        recipient: parsed.ok ? parsed.recipient : textOf(phone).slice(0, LONGEST_SHOWN),
        name: plan.name === undefined ? null : textOf(cells[plan.name]) || null,
        variables: filled(variables, cells),
        reject: parsed.ok ? null : 'invalid',
      };
    },
    reject: ({ row, value }) => ({
      rowNumber: row,
      recipient: textOf(value).slice(0, LONGEST_SHOWN),
      name: null,
      variables: {},
      reject: 'invalid',
    }),
  };
}

/** Of two columns with the same key, the first one that says something. */
function filled(
  columns: readonly { readonly index: number; readonly key: string }[],
  cells: readonly string[],
): Record<string, string> {
  const values = new Map<string, string>();
  for (const { index, key } of columns) {
    const value = textOf(cells[index]);
    if (value !== '' && !values.has(key)) values.set(key, value);
  }
  return Object.fromEntries(values);
}

/** Postgres keeps no NUL in a text. */
function textOf(cell: string | undefined): string {
  return (cell ?? '').replaceAll('\0', '').trim();
}

function columnOf(name: string, field: 'phone' | 'name'): FileColumn {
  return { key: variableKey(name), name, field };
}
