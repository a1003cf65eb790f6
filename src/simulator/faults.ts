import { randomUUID } from 'node:crypto';
import type { ControlFields } from './control-fields.js';
import { ControlProblem } from './control-fields.js';
import { SeededRandom } from './seeded-random.js';
import { digitsOf } from './wa-id.js';

/** Every way a call can be made to go wrong, and whether its message has been accepted by then. */
export const FAULT_KINDS = {
  latency: 'processed',
  hang: 'either',
  resetBeforeRead: 'notProcessed',
  resetAfterRead: 'processed',
  halfBody: 'processed',
  closeNoAnswer: 'processed',
  slowBytes: 'processed',
  error: 'either',
  page502: 'either',
  status200BadJson: 'processed',
  wrongCharset: 'processed',
  emptyId: 'processed',
  hugeBody: 'processed',
  duplicateId: 'processed',
  redirect307: 'notProcessed',
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;

/** Which calls a fault befalls. */
export const FAULT_TARGETS = ['send', 'lookUp'] as const;
export type FaultTarget = (typeof FAULT_TARGETS)[number];

export interface Fault {
  id: string;
  kind: FaultKind;
  on: FaultTarget;
  phoneNumberId: string | undefined;
  /** Calls that it will still befall; undefined: no end. */
  left: number | undefined;
  rate: number;
  toPrefix: string | undefined;
  status: number | undefined;
  code: number | undefined;
  delayMs: number | undefined;
  retryAfterSeconds: number | undefined;
  bytes: number | undefined;
  location: string | undefined;
  processed: boolean;
  hits: number;
}

export function readFault(fields: ControlFields): Fault {
  const kind = fields.oneOf('kind', Object.keys(FAULT_KINDS) as FaultKind[]);
  const match = fields.object('match');
  const fault: Fault = {
    id: randomUUID(),
    kind,
    on: fields.text('on') === undefined ? 'send' : fields.oneOf('on', [...FAULT_TARGETS]),
    phoneNumberId: fields.text('phoneNumberId'),
    left: fields.integer('count', { min: 1 }),
    rate: fields.rate('rate') ?? 1,
    toPrefix: match?.text('toPrefix'),
    status: fields.integer('status', { min: 200, max: 599 }),
    code: fields.integer('code'),
    delayMs: fields.number('delayMs'),
    retryAfterSeconds: fields.number('retryAfterSeconds'),
    bytes: fields.integer('bytes', { min: 1 }),
    location: fields.text('location'),
    processed: readProcessed(kind, fields),
    hits: 0,
  };
  match?.refuseOthers();
  fields.refuseOthers();
  return fault;
}

function readProcessed(kind: FaultKind, fields: ControlFields): boolean {
  const processed = fields.flag('processed');
  const allowed = FAULT_KINDS[kind];
  if (allowed === 'either') return processed ?? false;
  const fixed = allowed === 'processed';
  if (processed !== undefined && processed !== fixed) {
    throw new ControlProblem(
      400,
      `processed is ${processed}; for kind ${kind} it is always ${fixed}`,
      'processed',
    );
  }
  return fixed;
}

/** The scripted faults, oldest first; the first one that fits a call befalls it. */
export class Faults {
  #live: Fault[] = [];
  readonly #random = new SeededRandom(1);

  get live(): readonly Fault[] {
    return this.#live;
  }

  add(fault: Fault): void {
    this.#live.push(fault);
  }

  clear(): number {
    const removed = this.#live.length;
    this.#live = [];
    this.#random.reseed(1);
    return removed;
  }

  /** A reset that needs nothing of the body, so that it can strike before a byte of it is looked at. */
  takeBeforeBody(phoneNumberId: string): Fault | undefined {
    const first = this.#live.find((fault) => concerns(fault, phoneNumberId, 'send'));
    if (first?.kind !== 'resetBeforeRead' || first.toPrefix !== undefined) return undefined;
    return this.#strikes(first) ? first : undefined;
  }

  take(phoneNumberId: string, to: string, on: FaultTarget = 'send'): Fault | undefined {
    if (this.#live.length === 0) return undefined;
    for (const fault of this.#live) {
      // The head of the line was already asked before the body was read.
      if (
        fault.kind === 'resetBeforeRead' &&
        on === 'send' &&
        fault.toPrefix === undefined &&
        this.#isFirst(fault, phoneNumberId)
      ) {
        continue;
      }
      if (concerns(fault, phoneNumberId, on) && matchesRecipient(fault, to) && this.#strikes(fault))
        return fault;
    }
    return undefined;
  }

  #isFirst(fault: Fault, phoneNumberId: string): boolean {
    return this.#live.find((candidate) => concerns(candidate, phoneNumberId, 'send')) === fault;
  }

  #strikes(fault: Fault): boolean {
    if (fault.rate < 1 && !this.#random.chance(fault.rate)) return false;
    fault.hits++;
    if (fault.left !== undefined && --fault.left === 0)
      this.#live = this.#live.filter((live) => live !== fault);
    return true;
  }
}

function concerns(fault: Fault, phoneNumberId: string, on: FaultTarget): boolean {
  if (fault.on !== on) return false;
  return fault.phoneNumberId === undefined || fault.phoneNumberId === phoneNumberId;
}

function matchesRecipient(fault: Fault, to: string): boolean {
  return fault.toPrefix === undefined || digitsOf(to).startsWith(digitsOf(fault.toPrefix));
}
