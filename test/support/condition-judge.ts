import {
  dateOf,
  type AttributeCondition,
  type Scalar,
} from '../../src/campaigns/audience/audience-condition.js';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const TRUE_WORDS = ['true', 'yes', 'si', 'sim', 'verdadero', '1'];
const FALSE_WORDS = ['false', 'no', 'nao', 'falso', '0'];

/** Whether a contact with this attribute matches, worked out from docs/audiences.md and not from the SQL. */
export function isMatch(stored: unknown, condition: AttributeCondition, today: string): boolean {
  const text = textOf(stored);
  const number = text !== null && text.length <= 100 && NUMBER.test(text) ? Number(text) : null;
  const day = text === null ? null : dayOf(text);
  const equals = (value: Scalar): boolean => {
    if (typeof value === 'number') return number === value;
    if (text === null) return false;
    if (typeof value === 'boolean') return (value ? TRUE_WORDS : FALSE_WORDS).includes(folded(text));
    return folded(text) === folded(value);
  };
  switch (condition.op) {
    case 'exists':
      return text !== null;
    case 'missing':
      return text === null;
    case 'isTrue':
      return equals(true);
    case 'isFalse':
      return equals(false);
    case 'eq':
    case 'ne': {
      const { value } = condition;
      const isEqual = typeof value === 'object' ? day === dateOf(value, today) : equals(value);
      return isEqual === (condition.op === 'eq');
    }
    case 'in':
      return condition.value.some(equals);
    case 'notIn':
      return !condition.value.some(equals);
    case 'contains':
      return text !== null && folded(text).includes(folded(condition.value));
    case 'startsWith':
      return text !== null && folded(text).startsWith(folded(condition.value));
    default: {
      const wanted = condition.op === 'between' ? condition.value : [condition.value];
      const ends = wanted.map((end) => (typeof end === 'number' ? end : dateOf(end, today)));
      const own = typeof ends[0] === 'number' ? number : day;
      if (own === null) return false;
      const [low, high = low] = ends as [string | number, (string | number)?];
      if (condition.op === 'gt') return own > low;
      if (condition.op === 'gte') return own >= low;
      if (condition.op === 'lt') return own < low;
      return condition.op === 'lte' ? own <= low : own >= low && own <= high;
    }
  }
}

function textOf(stored: unknown): string | null {
  if (stored === undefined || stored === null) return null;
  const written = typeof stored === 'string' ? stored : JSON.stringify(stored);
  const text = written.replaceAll(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  return text === '' ? null : text;
}

/** The day that an ISO date begins with; February has 29 days in every year. */
function dayOf(text: string): string | null {
  const [, day, month, date] = /^(\d{4}-(\d{2})-(\d{2}))(?:[T ]|$)/.exec(text) ?? [];
  if (day === undefined) return null;
  const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1] ?? 0;
  return Number(date) >= 1 && Number(date) <= longest ? day : null;
}

function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase();
}
