import { isSupportedCountry, type CountryCode } from 'libphonenumber-js/min';
import type { ColumnMapping } from './column-plan.js';
import { CONFLICT_MODES, type ConflictMode, type ImportOptions } from './import.js';
import { BadImportOption } from './import.errors.js';

const FIELDS = new Set(['mapping', 'defaultCountry', 'tags', 'onConflict', 'dryRun']);
const MOST_TAGS = 50;
const LONGEST_TAG = 100;

/** Reads the text fields of the form; a wrong one is named with what would be right. */
export function importOptions(
  fields: ReadonlyMap<string, string>,
  configuredCountry: CountryCode | undefined,
): ImportOptions {
  for (const field of fields.keys()) {
    if (!FIELDS.has(field)) {
      throw new BadImportOption(
        field,
        `${field} is not a field of an import; there are ${[...FIELDS].join(', ')}`,
      );
    }
  }
  const defaultCountry = countryOf(fields.get('defaultCountry')) ?? configuredCountry;
  return {
    mapping: mappingOf(fields.get('mapping')),
    ...(defaultCountry === undefined ? {} : { defaultCountry }),
    tags: tagsOf(fields.get('tags')),
    onConflict: conflictOf(fields.get('onConflict')),
    dryRun: flagOf(fields.get('dryRun')),
  };
}

function mappingOf(text: string | undefined): ColumnMapping {
  if (text === undefined || text.trim() === '') return {};
  const value = parsed(text);
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const wrong = isMap
    ? Object.entries(value).find(
        ([, target]) =>
          typeof target !== 'string' || target === '' || target === '__proto__' || target.length > 100,
      )
    : undefined;
  if (!isMap || wrong !== undefined) {
    throw new BadImportOption(
      'mapping',
      `mapping ${wrong ? `gives "${wrong[0]}" no usable name` : 'is not a JSON object'}; ` +
        'write {"Tel. titular": "phone", "Cliente": "name", "Notas": "ignore"}',
    );
  }
  return value as ColumnMapping;
}

function countryOf(text: string | undefined): CountryCode | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const code = text.trim().toUpperCase();
  if (!isSupportedCountry(code)) {
    throw new BadImportOption(
      'defaultCountry',
      `defaultCountry "${text}" must be a two-letter code such as MX`,
    );
  }
  return code;
}

function tagsOf(text: string | undefined): string[] {
  if (text === undefined || text.trim() === '') return [];
  const value = text.trim().startsWith('[') ? parsed(text) : text.split(',');
  const tags = Array.isArray(value)
    ? value.map((tag) => (typeof tag === 'string' ? tag.replaceAll('\0', '').trim() : ''))
    : [''];
  if (tags.length > MOST_TAGS || tags.some((tag) => tag === '' || tag.length > LONGEST_TAG)) {
    throw new BadImportOption(
      'tags',
      `tags must be a JSON list or text with commas of at most ${MOST_TAGS} tags of 1 to ${LONGEST_TAG} characters`,
    );
  }
  return [...new Set(tags)];
}

function conflictOf(text: string | undefined): ConflictMode {
  if (text === undefined || text === '') return 'update';
  const mode = CONFLICT_MODES.find((known) => known === text);
  if (mode === undefined)
    throw new BadImportOption('onConflict', `onConflict "${text}" must be update or skip`);
  return mode;
}

function flagOf(text: string | undefined): boolean {
  if (text === undefined || text === '' || text === 'false' || text === '0') return false;
  if (text === 'true' || text === '1') return true;
  throw new BadImportOption('dryRun', `dryRun "${text}" must be true or false`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
