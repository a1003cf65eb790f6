import { MESSAGE_TYPES, type MessageType } from './message-check.js';
import { TextArena } from './text-arena.js';

/** How a call was answered, in the order of the column; append only. */
export const ANSWERS = [
  'ok',
  'refused',
  'throttled',
  'latency',
  'hang',
  'resetBeforeRead',
  'resetAfterRead',
  'halfBody',
  'closeNoAnswer',
  'slowBytes',
  'error',
  'page502',
  'status200BadJson',
  'wrongCharset',
  'emptyId',
  'hugeBody',
  'duplicateId',
  'redirect307',
] as const;

export type AnswerKind = (typeof ANSWERS)[number];

/** Bits of what has happened to an accepted message. */
export const STATUS_BITS = { sent: 1, delivered: 2, read: 4, failed: 8 } as const;

const ACCEPTED = 1;
const ALIASED = 2;
const FIRST_CAPACITY = 1 << 14;
const BYTES_PER_UNIT = 3;

export interface CallEntry {
  arrivedMs: number;
  number: number;
  answer: AnswerKind;
  accepted: boolean;
  aliased: boolean;
  to: string;
  callbackData: string;
  type: MessageType | undefined;
  keyHigh: number;
  keyLow: number;
}

/**
 * Every send call that was let in, accepted or not, a row each, in the order of arrival. Columns of numbers and one
 * arena of texts instead of objects: about 75 bytes a call, so a million messages fit beside everything else.
 */
export class CallLog {
  length = 0;
  arrivedMs = new Float64Array(FIRST_CAPACITY);
  number = new Uint16Array(FIRST_CAPACITY);
  keyHigh = new Uint32Array(FIRST_CAPACITY);
  keyLow = new Uint32Array(FIRST_CAPACITY);
  /** STATUS_BITS that have come true. */
  statuses = new Uint8Array(FIRST_CAPACITY);
  /** Index of the failure code that a failed status will carry. */
  failure = new Uint8Array(FIRST_CAPACITY);
  #answer = new Uint8Array(FIRST_CAPACITY);
  #type = new Uint8Array(FIRST_CAPACITY);
  #flags = new Uint8Array(FIRST_CAPACITY);
  #text = new Float64Array(FIRST_CAPACITY);
  #toBytes = new Uint8Array(FIRST_CAPACITY);
  #callbackBytes = new Uint16Array(FIRST_CAPACITY);
  #arena = new TextArena();
  /** Rows whose answer carried the id of another row. */
  readonly #sameIdAs = new Map<number, number>();

  append(entry: CallEntry): number {
    const row = this.length;
    if (row === this.arrivedMs.length) this.#widen();
    this.arrivedMs[row] = entry.arrivedMs;
    this.number[row] = entry.number;
    this.keyHigh[row] = entry.keyHigh;
    this.keyLow[row] = entry.keyLow;
    this.#answer[row] = ANSWERS.indexOf(entry.answer);
    this.#type[row] = entry.type === undefined ? 255 : MESSAGE_TYPES.indexOf(entry.type);
    this.#flags[row] = (entry.accepted ? ACCEPTED : 0) | (entry.aliased ? ALIASED : 0);
    this.#text[row] = this.#arena.reserve((entry.to.length + entry.callbackData.length) * BYTES_PER_UNIT);
    this.#toBytes[row] = this.#arena.append(entry.to);
    this.#callbackBytes[row] = this.#arena.append(entry.callbackData);
    this.length++;
    return row;
  }

  accepted(row: number): boolean {
    return (this.#flags[row]! & ACCEPTED) !== 0;
  }

  aliased(row: number): boolean {
    return (this.#flags[row]! & ALIASED) !== 0;
  }

  answer(row: number): AnswerKind {
    return ANSWERS[this.#answer[row]!]!;
  }

  type(row: number): MessageType | undefined {
    return MESSAGE_TYPES[this.#type[row]!];
  }

  to(row: number): string {
    return this.#arena.read(this.#text[row]!, this.#toBytes[row]!);
  }

  /** Empty where the call carried none. */
  callbackData(row: number): string {
    return this.#arena.read(this.#text[row]! + this.#toBytes[row]!, this.#callbackBytes[row]!);
  }

  callbackStartsWith(row: number, prefix: Buffer): boolean {
    return this.#arena.startsWith(this.#text[row]! + this.#toBytes[row]!, this.#callbackBytes[row]!, prefix);
  }

  /** The row whose id the provider gave for this one: itself, unless a fault doubled an id. */
  idRow(row: number): number {
    return this.#sameIdAs.get(row) ?? row;
  }

  shareId(row: number, withRow: number): void {
    this.#sameIdAs.set(row, this.idRow(withRow));
  }

  clear(): void {
    this.length = 0;
    this.statuses.fill(0);
    this.failure.fill(0);
    this.#arena = new TextArena();
    this.#sameIdAs.clear();
  }

  #widen(): void {
    this.arrivedMs = widened(this.arrivedMs, Float64Array);
    this.number = widened(this.number, Uint16Array);
    this.keyHigh = widened(this.keyHigh, Uint32Array);
    this.keyLow = widened(this.keyLow, Uint32Array);
    this.statuses = widened(this.statuses, Uint8Array);
    this.failure = widened(this.failure, Uint8Array);
    this.#answer = widened(this.#answer, Uint8Array);
    this.#type = widened(this.#type, Uint8Array);
    this.#flags = widened(this.#flags, Uint8Array);
    this.#text = widened(this.#text, Float64Array);
    this.#toBytes = widened(this.#toBytes, Uint8Array);
    this.#callbackBytes = widened(this.#callbackBytes, Uint16Array);
  }
}

interface NumberColumn {
  readonly length: number;
  set(from: this): void;
}

function widened<T extends NumberColumn>(column: T, Column: new (length: number) => T): T {
  const wider = new Column(column.length * 2);
  wider.set(column);
  return wider;
}
