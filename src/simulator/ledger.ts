import type { CallEntry } from './call-log.js';
import { CallLog, STATUS_BITS } from './call-log.js';
import type { LedgerFilter, LedgerSummary } from './ledger-summary.js';
import { instantMs } from './instant.js';
import { KeyHash } from './key-hash.js';
import { LedgerTotals, matchesFilter, summariseFiltered } from './ledger-summary.js';
import { MessageIds } from './message-id.js';
import { messageKeyEnd } from './send-call.js';
import { waIdOf } from './wa-id.js';

export interface LedgerItem {
  row: number;
  id: string;
  numberIndex: number;
  to: string;
  waId: string;
  type: string | null;
  callbackData: string | null;
  receivedAtMs: number;
  accepted: boolean;
  answered: string;
}

export interface LedgerPageRequest extends LedgerFilter {
  after: number | undefined;
  limit: number;
  /** Also the calls that were not accepted. */
  everyCall: boolean;
}

/** What the simulated provider knows of the calls it got: the truth that tests hold the sender's books against. */
export class Ledger {
  readonly log = new CallLog();
  readonly ids = new MessageIds();
  /** What was accepted before is forgotten. */
  rememberedFromMs = instantMs();
  #totals = new LedgerTotals(this.log);
  readonly #hash = new KeyHash();

  record(entry: CallEntry): number {
    const row = this.log.append(entry);
    this.#totals.addCall(row);
    return row;
  }

  /** False when the status had come true before. */
  markStatus(row: number, status: keyof typeof STATUS_BITS): boolean {
    const bit = STATUS_BITS[status];
    if (this.log.statuses[row]! & bit) return false;
    this.log.statuses[row]! |= bit;
    this.#totals.addStatuses(bit);
    return true;
  }

  waId(row: number): string {
    return waIdOf(this.log.to(row), this.log.aliased(row));
  }

  /** The id that the provider gave for this row's message. */
  idOf(row: number): string {
    const idRow = this.log.idRow(row);
    return this.ids.sent(idRow, this.waId(idRow));
  }

  rowOf(id: string): number | undefined {
    const row = this.ids.rowOf(id);
    return row !== undefined && row < this.log.length ? row : undefined;
  }

  /**
   * The message that the number had accepted under this callback data, attempt and all, until an instant. Newest first:
   * who asks, asks soon; a million calls are two milliseconds.
   */
  acceptedUnder(number: number, callbackData: string, untilMs: number): number | undefined {
    const { log } = this;
    this.#hash.ofText(callbackData, 0, messageKeyEnd(callbackData));
    const { high, low } = this.#hash;
    for (let row = log.length - 1; row >= 0; row--) {
      if (log.keyLow[row] !== low || log.keyHigh[row] !== high || log.number[row] !== number) continue;
      if (!log.accepted(row) || log.arrivedMs[row]! > untilMs) continue;
      if (log.callbackData(row) === callbackData) return row;
    }
    return undefined;
  }

  /** The last accepted message of the number before this row. */
  acceptedBefore(row: number): number | undefined {
    for (let at = row - 1; at >= 0; at--) {
      if (this.log.number[at] === this.log.number[row] && this.log.accepted(at)) return at;
    }
    return undefined;
  }

  summary(filter: LedgerFilter): LedgerSummary {
    const everything = filter.number === undefined && filter.callbackPrefix === undefined;
    return everything ? this.#totals.summary() : summariseFiltered(this.log, filter);
  }

  page(request: LedgerPageRequest): { items: LedgerItem[]; next: number | null } {
    const items: LedgerItem[] = [];
    const prefix = Buffer.from(request.callbackPrefix ?? '', 'utf8');
    for (let row = (request.after ?? -1) + 1; row < this.log.length; row++) {
      if (!request.everyCall && !this.log.accepted(row)) continue;
      if (!matchesFilter(this.log, row, request.number, prefix)) continue;
      if (items.length === request.limit) return { items, next: items.at(-1)!.row };
      items.push(this.#item(row));
    }
    return { items, next: null };
  }

  clear(): void {
    this.log.clear();
    this.ids.renew();
    this.rememberedFromMs = instantMs();
    this.#totals = new LedgerTotals(this.log);
  }

  #item(row: number): LedgerItem {
    const accepted = this.log.accepted(row);
    return {
      row,
      id: accepted ? this.idOf(row) : '',
      numberIndex: this.log.number[row]!,
      to: this.log.to(row),
      waId: this.waId(row),
      type: this.log.type(row) ?? null,
      callbackData: this.log.callbackData(row) || null,
      receivedAtMs: this.log.arrivedMs[row]!,
      accepted,
      answered: this.log.answer(row),
    };
  }
}
