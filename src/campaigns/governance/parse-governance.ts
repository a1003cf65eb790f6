import { invalid } from '../field-fault.js';
import type { Canary } from './canary.js';
import type { FailureLimit } from './failure-limit.js';
import { readStageSize } from './stage-size.js';

type Fields = Readonly<Record<string, unknown>>;

const DEFAULT_WAIT_MINUTES = 1;
const LONGEST_WAIT_MINUTES = 7 * 24 * 60;
const FEWEST_OUTCOMES = 10;
const MOST_OUTCOMES = 5000;
const CANARY_MEMBERS = ['size', 'maxFailureRate', 'maxOptOutRate', 'waitMinutes'];
const LIMIT_MEMBERS = ['rate', 'of'];

/** Checks a canary as it comes in a request. */
export function parseCanary(input: Fields): Canary {
  refuseOthers(input, 'canary', CANARY_MEMBERS);
  const { size, maxFailureRate, maxOptOutRate, waitMinutes } = input;
  return {
    size: readStageSize(size, 'canary/size'),
    maxFailureRate: rateOf(maxFailureRate, 'canary/maxFailureRate'),
    maxOptOutRate: isGiven(maxOptOutRate) ? rateOf(maxOptOutRate, 'canary/maxOptOutRate') : null,
    waitMs: isGiven(waitMinutes) ? waitOf(waitMinutes) : DEFAULT_WAIT_MINUTES * 60_000,
  };
}

/** Checks a limit of failures as it comes in a request. */
export function parseFailureLimit(input: Fields): FailureLimit {
  refuseOthers(input, 'holdOnFailures', LIMIT_MEMBERS);
  const { rate, of } = input;
  if (typeof of !== 'number' || !Number.isInteger(of) || of < FEWEST_OUTCOMES || of > MOST_OUTCOMES) {
    throw wrong('holdOnFailures/of', of, `a whole number from ${FEWEST_OUTCOMES} to ${MOST_OUTCOMES}`);
  }
  return { rate: rateOf(rate, 'holdOnFailures/rate'), of };
}

export const CANARY_SCHEMA = {
  type: 'object' as const,
  additionalProperties: false,
  required: ['size', 'maxFailureRate'],
  properties: {
    size: {
      oneOf: [
        { type: 'integer' as const, minimum: 1 },
        { type: 'string' as const },
        { type: 'object' as const, additionalProperties: { type: 'number' as const } },
      ],
      description: 'A number of recipients, or a part of them: "5%" or { percent: 5 }.',
    },
    maxFailureRate: { type: 'number' as const, minimum: 0, maximum: 1 },
    maxOptOutRate: { type: 'number' as const, minimum: 0, maximum: 1 },
    waitMinutes: {
      type: 'number' as const,
      minimum: 0,
      maximum: LONGEST_WAIT_MINUTES,
      default: DEFAULT_WAIT_MINUTES,
    },
  },
  example: { size: '5%', maxFailureRate: 0.1, maxOptOutRate: 0.02, waitMinutes: 10 },
};

export const FAILURE_LIMIT_SCHEMA = {
  type: 'object' as const,
  additionalProperties: false,
  required: ['rate', 'of'],
  properties: {
    rate: { type: 'number' as const, minimum: 0, maximum: 1 },
    of: { type: 'integer' as const, minimum: FEWEST_OUTCOMES, maximum: MOST_OUTCOMES },
  },
  example: { rate: 0.3, of: 100 },
};

function waitOf(minutes: unknown): number {
  if (typeof minutes !== 'number' || !(minutes >= 0 && minutes <= LONGEST_WAIT_MINUTES)) {
    throw wrong('canary/waitMinutes', minutes, `a number of minutes from 0 to ${LONGEST_WAIT_MINUTES}`);
  }
  return Math.round(minutes * 60_000);
}

function rateOf(value: unknown, field: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw wrong(field, value, 'a number from 0 to 1: 0.1 is one in ten');
}

function refuseOthers(input: Fields, field: string, members: readonly string[]): void {
  const other = Object.keys(input).find((name) => !members.includes(name));
  if (other === undefined) return;
  throw invalid(
    `${field}/${other}`,
    `${field} has no member "${other}"; its members are ${members.join(', ')}`,
  );
}

function wrong(field: string, value: unknown, right: string) {
  const name = field.replaceAll('/', '.');
  return invalid(field, `${name} is ${JSON.stringify(value) ?? 'missing'}; it must be ${right}`);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
