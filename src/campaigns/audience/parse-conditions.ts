import { invalid } from '../field-fault.js';
import {
  BARE_OPERATORS,
  isDate,
  OPERATORS,
  ORDER_OPERATORS,
  type AttributeCondition,
  type Day,
  type Operator,
  type Scalar,
} from './audience-condition.js';

export const MOST_CONDITIONS = 20;
const MOST_VALUES = 100;
const LONGEST_KEY = 100;
const LONGEST_VALUE = 500;
export const MOST_DAYS = 3650;

const CONDITION_EXAMPLE = '{ "key": "ciudad", "op": "eq", "value": "Lima" }';
const DAY_EXAMPLE = 'a day ("2026-05-31", { "daysAgo": 30 } or { "daysAhead": 3 })';

const isOrder = (op: Operator): op is (typeof ORDER_OPERATORS)[number] =>
  ORDER_OPERATORS.includes(op as (typeof ORDER_OPERATORS)[number]);
const isBare = (op: Operator): op is (typeof BARE_OPERATORS)[number] =>
  BARE_OPERATORS.includes(op as (typeof BARE_OPERATORS)[number]);

/**
 * Reads the conditions on attributes of a request: a list, or an object of names and values that each must equal. `path`
 * is where they stand in it, `audience/attributes`; what is wrong is told by its place in there.
 */
export function parseConditions(input: unknown, path: string): AttributeCondition[] {
  if (Array.isArray(input)) {
    limitTo(input.length, path);
    return input.map((item: unknown, index) => new ConditionReader(`${path}/${index}`).read(item));
  }
  if (typeof input !== 'object' || input === null) {
    throw invalid(
      path,
      `attributes ${shown(input)} must be a list such as [${CONDITION_EXAMPLE}], or an object such as { "ciudad": "Lima" }`,
    );
  }
  const entries = Object.entries(input);
  limitTo(entries.length, path);
  return entries.map(([key, value]) => {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return new ConditionReader(at, at).read({ key, op: 'eq', value });
  });
}

function limitTo(count: number, path: string): void {
  if (count <= MOST_CONDITIONS) return;
  throw invalid(path, `attributes has ${count} conditions; at most ${MOST_CONDITIONS} may be given`);
}

/** One condition, with the place that its faults are told of. */
class ConditionReader {
  constructor(
    private readonly path: string,
    /** In the short form there is no member `value`. */
    private readonly valuePath = `${path}/value`,
  ) {}

  read(input: unknown): AttributeCondition {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      throw invalid(this.path, `a condition ${shown(input)} must be an object such as ${CONDITION_EXAMPLE}`);
    }
    const { key: name, op: operator, value, ...others } = input as Record<string, unknown>;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) {
      throw invalid(
        `${this.path}/${unknown}`,
        `${unknown} is no part of a condition; known are key, op and value`,
      );
    }
    const key = this.key(name);
    const op = this.operator(operator);
    if (isBare(op)) {
      if (value !== undefined && value !== null) {
        throw this.wrong(value, `has no meaning with "${op}"; leave it out`);
      }
      return { key, op };
    }
    if (isOrder(op)) return { key, op, value: this.bound(op, value) };
    switch (op) {
      case 'eq':
      case 'ne':
        return { key, op, value: isObject(value) ? this.day(op, value) : this.scalar(op, value) };
      case 'in':
      case 'notIn':
        return { key, op, value: this.list(op, value) };
      case 'contains':
      case 'startsWith':
        return { key, op, value: this.text(op, value) };
      case 'between':
        return { key, op, value: this.range(value) };
    }
  }

  private key(name: unknown): string {
    if (
      typeof name === 'string' &&
      name.trim() !== '' &&
      name.length <= LONGEST_KEY &&
      !name.includes('\0')
    ) {
      return name.trim();
    }
    throw invalid(
      `${this.path}/key`,
      `key ${shown(name)} must name an attribute in 1 to ${LONGEST_KEY} characters, such as "ciudad"`,
    );
  }

  private operator(op: unknown): Operator {
    const known = OPERATORS.find((name) => name === op);
    if (known !== undefined) return known;
    throw invalid(`${this.path}/op`, `op ${shown(op)} must be one of ${OPERATORS.join(', ')}`);
  }

  private scalar(op: Operator, value: unknown, path?: string): Scalar {
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (typeof value === 'string') return this.text(op, value, path);
    const also = op === 'eq' || op === 'ne' ? `, or ${DAY_EXAMPLE}` : '';
    throw this.wrong(value, `must be a text, a number or true/false for "${op}"${also}`, path);
  }

  private text(op: Operator, value: unknown, path?: string): string {
    const text = typeof value === 'string' ? value.trim() : '';
    if (text !== '' && text.length <= LONGEST_VALUE && !text.includes('\0')) return text;
    const hint = value === '' ? '; for contacts without a value use "missing"' : '';
    throw this.wrong(value, `must be a text of 1 to ${LONGEST_VALUE} characters for "${op}"${hint}`, path);
  }

  private list(op: Operator, value: unknown): Scalar[] {
    if (!Array.isArray(value) || value.length === 0 || value.length > MOST_VALUES) {
      throw this.wrong(
        value,
        `must be a list of 1 to ${MOST_VALUES} values for "${op}", such as ["Lima", "Cusco"]`,
      );
    }
    return value.map((item: unknown, index) => this.scalar(op, item, `${this.valuePath}/${index}`));
  }

  private bound(op: Operator, value: unknown, path?: string): number | Day {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (typeof value === 'string' && isDate(value)) return { date: value };
    if (isObject(value)) return this.day(op, value, path);
    throw this.wrong(value, `must be a number or ${DAY_EXAMPLE} for "${op}"`, path);
  }

  private range(value: unknown): readonly [number, number] | readonly [Day, Day] {
    if (!Array.isArray(value) || value.length !== 2) {
      throw this.wrong(
        value,
        'must be a list of two for "between", the least and the most, such as [100, 500]',
      );
    }
    const [low, high] = value.map((item: unknown, index) =>
      this.bound('between', item, `${this.valuePath}/${index}`),
    );
    if (typeof low === 'number' && typeof high === 'number') {
      if (low <= high) return [low, high];
    } else if (typeof low === 'object' && typeof high === 'object') {
      // Which of a day and a day of today is first changes with today.
      if (!('date' in low && 'date' in high) || low.date <= high.date) return [low, high];
    } else {
      throw this.wrong(value, 'must be two numbers or two days for "between"');
    }
    throw this.wrong(value, 'must have the least first for "between"');
  }

  private day(op: Operator, value: Readonly<Record<string, unknown>>, path?: string): Day {
    const entries = Object.entries(value);
    const [name, amount] = entries[0] ?? [];
    if (entries.length === 1) {
      if (name === 'date' && typeof amount === 'string' && isDate(amount)) return { date: amount };
      if (name === 'daysAgo' && isDayCount(amount)) return { daysAgo: amount };
      if (name === 'daysAhead' && isDayCount(amount)) return { daysAhead: amount };
    }
    throw this.wrong(value, `must be ${DAY_EXAMPLE} for "${op}", of at most ${MOST_DAYS} days`, path);
  }

  private wrong(value: unknown, rightIs: string, path = this.valuePath) {
    return invalid(
      path,
      value === undefined ? `value is missing: it ${rightIs}` : `value ${shown(value)} ${rightIs}`,
    );
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDayCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MOST_DAYS;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
