import type { CountryCode } from 'libphonenumber-js';
import { canonicalRecipient } from '../../common/recipient.js';
import { isLocale, isTimeZone } from '../contact-rules.js';
import type { ColumnPlan } from './column-plan.js';
import { arrayLiteral, copyField } from './copy-text.js';
import { excerpt, type RowReject, type TableRow } from './table-row.js';

/** The columns of the line that contactLine writes, in its order. */
export const LINE_COLUMNS = 'row_number, number, recipient, name, attributes, tags, locale, time_zone';

export type ContactLine =
  | { readonly ok: true; readonly line: string; readonly recipient: string }
  | ({ readonly ok: false } & RowReject);

const LONGEST_NAME = 300;
const LONGEST_VALUE = 10_000;
const LONGEST_TAG = 100;
const MOST_TAGS = 100;
const SHOWN_CHARACTERS = 200;
/** Lists repeat the same few combinations; this many are remembered. */
const MOST_REMEMBERED = 5000;

/**
 * Turns rows of a file into lines for COPY. One call a row, a million times an import: no object is built from
 * header names (a header cannot reach a prototype), the JSON is written as text, and what repeats from row to row
 * (tags, zones) is worked out once.
 */
export class ContactLines {
  private readonly keys: readonly string[];
  private readonly tagFields = new Map<string, string | null>();
  private readonly zones = new Map<string, boolean>();
  private readonly used: boolean[];

  constructor(
    private readonly plan: ColumnPlan,
    private readonly columns: readonly string[],
    private readonly tagsForAll: readonly string[],
    private readonly defaultCountry: CountryCode | undefined,
  ) {
    this.keys = plan.attributes.map(({ key }) => JSON.stringify(key));
    this.used = plan.attributes.map(() => false);
  }

  /** Attributes that some row really has: a column that is empty throughout makes none. */
  usedAttributes(): string[] {
    return this.plan.attributes.flatMap(({ key }, i) => (this.used[i] === true ? [key] : []));
  }

  of({ number, cells }: TableRow): ContactLine {
    const { plan } = this;
    const written = cells[plan.phone] ?? '';
    const phone = canonicalRecipient(written, this.defaultCountry);
    if (!phone.ok) return this.reject(number, plan.phone, written, phone.reason);

    const name = cellAt(cells, plan.name);
    if (name.length > LONGEST_NAME) {
      return this.reject(number, plan.name, name, `longer than ${LONGEST_NAME} characters`);
    }
    const zone = cellAt(cells, plan.timezone);
    if (zone !== '' && !this.isZone(zone)) {
      return this.reject(number, plan.timezone, zone, 'not an IANA time zone such as America/Mexico_City');
    }
    const locale = cellAt(cells, plan.locale);
    if (locale !== '' && !isLocale(locale)) {
      return this.reject(number, plan.locale, locale, 'not a language such as es or es_MX');
    }
    const tagCell = cellAt(cells, plan.tags);
    const tags = this.tagField(tagCell);
    if (tags === null) {
      return this.reject(
        number,
        plan.tags,
        tagCell,
        `more than ${MOST_TAGS} tags, or one over ${LONGEST_TAG} characters`,
      );
    }

    let attributes = '';
    for (let i = 0; i < plan.attributes.length; i += 1) {
      const index = (plan.attributes[i] as { index: number }).index;
      const value = cellAt(cells, index);
      if (value === '') continue;
      if (value.length > LONGEST_VALUE) {
        return this.reject(number, index, value, `longer than ${LONGEST_VALUE} characters`);
      }
      this.used[i] = true;
      attributes += `${attributes === '' ? '' : ','}${this.keys[i]}:${JSON.stringify(value)}`;
    }
    const line =
      `${number}\t${phone.recipient.slice(1)}\t${phone.recipient}\t${copyField(name === '' ? null : name)}\t${copyField(`{${attributes}}`)}\t` +
      `${tags}\t${locale === '' ? '\\N' : locale}\t${zone === '' ? '\\N' : zone}\n`;
    return { ok: true, line, recipient: phone.recipient };
  }

  private reject(row: number, column: number | undefined, value: string, reason: string): ContactLine {
    return {
      ok: false,
      row,
      column: column === undefined ? '' : (this.columns[column] ?? ''),
      value: excerpt(value, SHOWN_CHARACTERS),
      reason,
    };
  }

  private isZone(zone: string): boolean {
    let known = this.zones.get(zone);
    if (known === undefined) {
      if (this.zones.size > MOST_REMEMBERED) this.zones.clear();
      known = isTimeZone(zone);
      this.zones.set(zone, known);
    }
    return known;
  }

  private tagField(cell: string): string | null {
    let field = this.tagFields.get(cell);
    if (field === undefined) {
      if (this.tagFields.size > MOST_REMEMBERED) this.tagFields.clear();
      field = this.writeTags(cell);
      this.tagFields.set(cell, field);
    }
    return field;
  }

  private writeTags(cell: string): string | null {
    const own = cell.split(/[,;|]/).map((tag) => tag.trim());
    const tags = [...new Set([...own.filter((tag) => tag !== ''), ...this.tagsForAll])];
    const fits = tags.length <= MOST_TAGS && tags.every((tag) => tag.length <= LONGEST_TAG);
    return fits ? copyField(arrayLiteral(tags)) : null;
  }
}

/** Takes off the apostrophe that an export puts before what a spreadsheet would take for a formula. */
function cellAt(cells: readonly string[], index: number | undefined): string {
  const cell = index === undefined ? undefined : cells[index];
  if (cell === undefined || cell === '') return '';
  const trimmed = cell.trim();
  return trimmed.startsWith("'") && /^'[\s]*[=+\-@]/.test(trimmed) ? trimmed.slice(1) : trimmed;
}
