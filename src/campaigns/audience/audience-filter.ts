import { assertNever } from '../../common/assert-never.js';
import { variableKey } from '../../channels/render-content.js';
import type { SqlParameters } from '../sql-parameters.js';
import {
  dateOf,
  type AttributeCondition,
  type Day,
  type Scalar,
  type Selection,
} from './audience-condition.js';

/** What the conditions of an audience mean in a workspace at a moment. */
export interface AudienceFilter {
  /** All of them hold. */
  readonly selections: readonly Selection[];
  /** What days since somebody was seen are counted back from, and what days of the calendar are: YYYY-MM-DD. */
  readonly at: Date;
  readonly today: string;
  /** The attributes that each name stands for, as they are written, by variableKey. */
  readonly spellings: ReadonlyMap<string, readonly string[]>;
  /** The messages of the campaigns that are left out. */
  readonly excludedDispatches: readonly string[];
}

const WHITE_SPACE = "E' \\t\\r\\n'";
/** What `::numeric` takes and no more, which has an end to its digits: so no cast can fail. */
const NUMBER = `'^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)$'`;
/** An ISO date, with any time of day behind it. Compared as the text that it is: no cast, and days as they were written. */
const DAY = `'^[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))([T ]|$)'`;
const LONGEST_NUMBER = 100;
const TRUE_WORDS = `'{true,yes,si,sim,verdadero,1}'`;
const FALSE_WORDS = `'{false,no,nao,falso,0}'`;
/** A message that got there, or may have. */
const REACHED = `'inflight', 'accepted', 'sent', 'delivered', 'read', 'unknown', 'unconfirmed'`;
const DAY_MS = 86_400_000;

/**
 * SQL of what the filter asks of a contact `alias`, each a condition by itself. Who was seen and who was reached is one
 * descent of an index for each contact that the others let through: as EXISTS it may be planned as a hash of all
 * conversations, for each chunk anew.
 */
export function filterConditions(
  filter: AudienceFilter,
  workspaceId: string,
  alias: string,
  p: SqlParameters,
): string[] {
  const conditions = filter.selections.flatMap((selection) => [
    ...tagConditions(selection, alias, p),
    ...selection.attributes.map((condition) => attributeCondition(condition, filter, alias, p)),
    ...seenConditions(selection, filter.at, alias, p),
  ]);
  if (filter.excludedDispatches.length > 0) {
    conditions.push(`(
      SELECT true FROM messages got
      WHERE got.workspace_id = ${p.add(workspaceId)} AND got.recipient = ${alias}.recipient
        AND got.dispatch_id = ANY(${p.add(filter.excludedDispatches)}::bigint[]) AND got.state IN (${REACHED})
      LIMIT 1
    ) IS NULL`);
  }
  return conditions;
}

export function tagConditions(
  { tags, anyTags, notTags }: Pick<Selection, 'tags' | 'anyTags' | 'notTags'>,
  alias: string,
  p: SqlParameters,
): string[] {
  const conditions: string[] = [];
  if (tags.length > 0) conditions.push(`${alias}.tags @> ${p.add(tags)}::text[]`);
  if (anyTags.length > 0) conditions.push(`${alias}.tags && ${p.add(anyTags)}::text[]`);
  if (notTags.length > 0) conditions.push(`NOT (${alias}.tags && ${p.add(notTags)}::text[])`);
  return conditions;
}

/**
 * By the contact alone, whose ids are nobody else's and whose conversations have its workspace: where that is asked as well,
 * Postgres without statistics reads an index of it for each contact.
 */
function seenConditions(
  { seenWithinDays, notSeenSinceDays }: Selection,
  at: Date,
  alias: string,
  p: SqlParameters,
): string[] {
  const wroteWithin = (days: number): string => `(
      SELECT true FROM conversations heard
      WHERE heard.contact_id = ${alias}.id
        AND heard.last_inbound_at >= ${p.add(new Date(at.getTime() - days * DAY_MS))}::timestamptz
      LIMIT 1
    )`;
  return [
    ...(seenWithinDays === null ? [] : [`${wroteWithin(seenWithinDays)} IS NOT NULL`]),
    ...(notSeenSinceDays === null ? [] : [`${wroteWithin(notSeenSinceDays)} IS NULL`]),
  ];
}

function attributeCondition(
  condition: AttributeCondition,
  { spellings, today }: AudienceFilter,
  alias: string,
  p: SqlParameters,
): string {
  const text = textOf(condition.key, spellings, alias, p);
  const isNumber = `length(${text}) <= ${LONGEST_NUMBER} AND ${text} ~ ${NUMBER}`;
  const number = `(CASE WHEN ${isNumber} THEN (${text})::numeric END)`;
  const day = `(CASE WHEN ${text} ~ ${DAY} THEN left(${text}, 10) END) COLLATE "C"`;
  const dayParameter = (value: Day): string => `${p.add(dateOf(value, today))}::text`;
  const [compared, parameter] = isOfNumbers(condition)
    ? [number, (value: number | Day) => `${p.add(String(value as number))}::numeric`]
    : [day, (value: number | Day) => dayParameter(value as Day)];
  switch (condition.op) {
    case 'exists':
      return `${text} IS NOT NULL`;
    case 'missing':
      return `${text} IS NULL`;
    case 'isTrue':
      return `${folded(text)} = ANY(${TRUE_WORDS})`;
    case 'isFalse':
      return `${folded(text)} = ANY(${FALSE_WORDS})`;
    case 'eq':
    case 'ne': {
      const { op, value } = condition;
      const equals =
        typeof value === 'object' ? `${day} = ${dayParameter(value)}` : equalsAny(text, number, [value], p);
      return op === 'eq' ? equals : `(${equals}) IS NOT TRUE`;
    }
    case 'in':
      return equalsAny(text, number, condition.value, p);
    case 'notIn':
      return `(${equalsAny(text, number, condition.value, p)}) IS NOT TRUE`;
    case 'contains':
      return `strpos(${folded(text)}, ${folded(`${p.add(condition.value)}::text`)}) > 0`;
    case 'startsWith':
      return `starts_with(${folded(text)}, ${folded(`${p.add(condition.value)}::text`)})`;
    case 'gt':
      return `${compared} > ${parameter(condition.value)}`;
    case 'gte':
      return `${compared} >= ${parameter(condition.value)}`;
    case 'lt':
      return `${compared} < ${parameter(condition.value)}`;
    case 'lte':
      return `${compared} <= ${parameter(condition.value)}`;
    case 'between': {
      const [low, high] = condition.value;
      return `${compared} BETWEEN ${parameter(low)} AND ${parameter(high)}`;
    }
    default:
      return assertNever(condition);
  }
}

function isOfNumbers(condition: AttributeCondition): boolean {
  if (!('value' in condition)) return false;
  const { value } = condition;
  return typeof (Array.isArray(value) ? value[0] : value) === 'number';
}

/** The first spelling that is not empty, as templates find it; null: the contact has none. */
function textOf(
  key: string,
  spellings: AudienceFilter['spellings'],
  alias: string,
  p: SqlParameters,
): string {
  const name = variableKey(key);
  const places = (spellings.get(name) ?? []).map(
    (attribute) => `${alias}.attributes ->> ${p.add(attribute)}::text`,
  );
  if (name === 'phone') places.unshift(`${alias}.recipient`);
  if (name === 'name') places.unshift(`${alias}.name`);
  if (places.length === 0) return 'NULL::text';
  return `coalesce(${places.map((place) => `nullif(btrim(${place}, ${WHITE_SPACE}), '')`).join(', ')})`;
}

/** Both sides by the same means, so that they agree whatever the database holds for upper case. */
function folded(text: string): string {
  return `lower(regexp_replace(normalize(${text}, NFKD), '[\\u0300-\\u036f]+', '', 'g'))`;
}

function equalsAny(text: string, number: string, values: readonly Scalar[], p: SqlParameters): string {
  const texts = values.filter((value) => typeof value === 'string');
  const numbers = values.filter((value) => typeof value === 'number');
  const ways: string[] = [];
  if (texts.length > 0) {
    const wanted = texts.map((value) => folded(`${p.add(value)}::text`));
    ways.push(`${folded(text)} = ANY(ARRAY[${wanted.join(', ')}])`);
  }
  if (numbers.length > 0) ways.push(`${number} = ANY(${p.add(numbers.map(String))}::numeric[])`);
  if (values.includes(true)) ways.push(`${folded(text)} = ANY(${TRUE_WORDS})`);
  if (values.includes(false)) ways.push(`${folded(text)} = ANY(${FALSE_WORDS})`);
  return ways.length === 1 ? ways[0]! : `(${ways.join(' OR ')})`;
}
