import { DomainError } from '../common/domain-error.js';
import type { ChannelPacing } from './channel.js';

export const DEFAULT_PACING: ChannelPacing = { mode: 'max' };

const MODES = ['max', 'even', 'fixed', 'progressive'] as const;
type Mode = (typeof MODES)[number];

interface Member {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

const LONGEST_DELAY_MS = 3_600_000;
const LONGEST_PAUSE_MS = 24 * 3_600_000;
const DELAY: Member = { least: 1, most: LONGEST_DELAY_MS, isWhole: true };

const MEMBERS = {
  intervalMs: DELAY,
  baseDelayMs: DELAY,
  stepMs: { least: 0, most: LONGEST_DELAY_MS, isWhole: true },
  stepEvery: { least: 1, most: 1_000_000, isWhole: true },
  maxDelayMs: DELAY,
  jitter: { least: 0, most: 1, isWhole: false },
  pauseEvery: { least: 1, most: 1_000_000, isWhole: true },
  pauseMs: { least: 1, most: LONGEST_PAUSE_MS, isWhole: true },
} as const satisfies Record<string, Member>;
type MemberName = keyof typeof MEMBERS;

const PAUSES: readonly MemberName[] = ['pauseEvery', 'pauseMs'];
const MEMBERS_OF_MODE: Record<Mode, readonly MemberName[]> = {
  max: PAUSES,
  even: ['jitter', ...PAUSES],
  fixed: ['intervalMs', 'jitter', ...PAUSES],
  progressive: ['baseDelayMs', 'stepMs', 'stepEvery', 'maxDelayMs', 'jitter', ...PAUSES],
};

/** What a progressive pacing is where it does not say otherwise: 2.0 s for 1–10, 2.5 s for 11–20, … up to 5 s. */
const PROGRESSIVE = { baseDelayMs: 2000, stepMs: 500, stepEvery: 10, maxDelayMs: 5000 };

/** Checks a pacing as it comes in a request, and fills in what a progressive one leaves out. */
export function readPacing(input: Readonly<Record<string, unknown>>): ChannelPacing {
  const { mode } = input;
  if (!isMode(mode)) {
    throw wrong('mode', `pacing.mode is ${shown(mode)}; it must be one of ${MODES.join(', ')}`);
  }
  const read: Partial<Record<MemberName, number>> = mode === 'progressive' ? { ...PROGRESSIVE } : {};
  for (const [name, value] of Object.entries(input)) {
    if (name === 'mode') continue;
    if (!isMemberOf(mode, name)) {
      const known = MEMBERS_OF_MODE[mode].join(', ');
      throw wrong(
        name,
        `pacing.${name} has no meaning with the mode "${mode}"; leave it out (known are ${known})`,
      );
    }
    read[name] = numberOf(name, value);
  }
  checkTogether(mode, read);
  return { mode, ...read } as ChannelPacing;
}

function checkTogether(mode: Mode, read: Partial<Record<MemberName, number>>): void {
  if (mode === 'fixed' && read.intervalMs === undefined) {
    throw wrong(
      'intervalMs',
      'pacing.intervalMs is missing; "fixed" needs the milliseconds between messages',
    );
  }
  if (mode === 'progressive' && read.maxDelayMs! < read.baseDelayMs!) {
    throw wrong(
      'maxDelayMs',
      `pacing.maxDelayMs ${read.maxDelayMs} must not be less than pacing.baseDelayMs ${read.baseDelayMs}`,
    );
  }
  if ((read.pauseEvery === undefined) !== (read.pauseMs === undefined)) {
    const missing = read.pauseMs === undefined ? 'pauseMs' : 'pauseEvery';
    throw wrong(missing, `pacing.${missing} is missing; pauseEvery and pauseMs go together`);
  }
}

function numberOf(name: MemberName, value: unknown): number {
  const { least, most, isWhole } = MEMBERS[name];
  const isRight =
    typeof value === 'number' &&
    value >= least &&
    value <= most &&
    (isWhole ? Number.isInteger(value) : Number.isFinite(value));
  if (isRight) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw wrong(name, `pacing.${name} is ${shown(value)}; it must be ${kind} from ${least} to ${most}`);
}

function isMode(value: unknown): value is Mode {
  return MODES.some((mode) => mode === value);
}

function isMemberOf(mode: Mode, name: string): name is MemberName {
  return MEMBERS_OF_MODE[mode].some((member) => member === name);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? 'missing';
}

function wrong(name: string, detail: string): DomainError {
  return new DomainError('invalid', 'validation_failed', detail, {
    errors: [{ pointer: `/pacing/${name}`, detail }],
  });
}

const integer = (name: MemberName, description: string) => ({
  type: 'integer' as const,
  minimum: MEMBERS[name].least,
  maximum: MEMBERS[name].most,
  description,
});

/** The pacing in the API's document. */
export const PACING_SCHEMA = {
  type: 'object' as const,
  required: ['mode'],
  properties: {
    mode: {
      type: 'string' as const,
      enum: [...MODES],
      description:
        'max: the limits alone. even: spread over the windows of the limits. fixed: one delay. progressive: a delay ' +
        'that grows; a channel that rested for ten minutes begins anew.',
    },
    intervalMs: integer('intervalMs', 'fixed: between two messages.'),
    baseDelayMs: integer('baseDelayMs', 'progressive: after each of the first messages; 2000 unless given.'),
    stepMs: integer('stepMs', 'progressive: how much the delay grows each time; 500 unless given.'),
    stepEvery: integer('stepEvery', 'progressive: after how many messages it grows; 10 unless given.'),
    maxDelayMs: integer('maxDelayMs', 'progressive: what it grows to; 5000 unless given.'),
    jitter: {
      type: 'number' as const,
      minimum: 0,
      maximum: 1,
      description: 'even, fixed, progressive: varies delays and pauses at random; 0.2 is ±20 %.',
    },
    pauseEvery: integer('pauseEvery', 'A pause after so many messages; with pauseMs.'),
    pauseMs: integer('pauseMs', 'How long that pause is, on top of the delay.'),
  },
  additionalProperties: false as const,
  example: { mode: 'progressive', baseDelayMs: 2000, stepMs: 500, stepEvery: 10, maxDelayMs: 5000 },
};
