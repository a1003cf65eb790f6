import type { DispatchProgress } from '../../ledger/dispatch.js';
import { MESSAGE_STATES, type MessageState } from '../../ledger/message-state.js';
import type { Happening } from './report-happening.js';
import { countryOfPrefix } from './report-country.js';
import { LatencyBuckets, type TimeTo } from './report-latency.js';
import type { ReportPart } from './report.repository.js';

const HOUR_MS = 3_600_000;

export type StateCounts = Readonly<Record<MessageState, number>>;

/** Recipients that have something in common, by where they are. */
export interface ReportGroup<Key> {
  readonly key: Key;
  readonly total: number;
  readonly states: StateCounts;
}

export interface ReportHour extends Readonly<Record<Happening, number>> {
  /** When it begins. */
  readonly hour: Date;
}

/** What the rows of a campaign say, each recipient counted once, by the newest row. */
export interface ReportFindings {
  /** The recipients by state, as counted here: must equal the counters. */
  readonly states: StateCounts;
  readonly channels: readonly ReportGroup<string | null>[];
  /** Null: no number of any country that can be told. */
  readonly countries: readonly ReportGroup<string | null>[];
  readonly codes: readonly ReportGroup<string>[];
  readonly hours: readonly ReportHour[];
  readonly timeTo: { readonly delivered: TimeTo; readonly read: TimeTo };
}

type Counts = Record<MessageState, number>;

/** Adds up the parts of a report, in any order. */
export class ReportSums {
  private readonly channels = new Map<string | null, Counts>();
  private readonly countries = new Map<string | null, Counts>();
  private readonly codes = new Map<string, Counts>();
  private readonly hours = new Map<number, Record<Happening, number>>();
  private readonly delivered = new LatencyBuckets();
  private readonly read = new LatencyBuckets();

  add({ part, key, word, n, sample }: ReportPart): void {
    switch (part) {
      case 'channel':
        return count(this.channels, key, word as MessageState, n);
      case 'prefix':
        return count(this.countries, countryOfPrefix(key, sample), word as MessageState, n);
      case 'code':
        return count(this.codes, key!, word as MessageState, n);
      case 'hour':
        return this.addHour(Number(key), word as Happening, n);
      case 'delivered':
      case 'read':
        return this[part].add(Number(key), n);
    }
  }

  findings(): ReportFindings {
    const channels = groupsOf(this.channels);
    return {
      states: channels.reduce((sum, { states }) => addedUp(sum, states), noneYet()),
      channels,
      countries: groupsOf(this.countries),
      codes: groupsOf(this.codes),
      hours: [...this.hours]
        .toSorted(([a], [b]) => a - b)
        .map(([hour, counts]) => ({ hour: new Date(hour * HOUR_MS), ...counts })),
      timeTo: { delivered: this.delivered.summary(), read: this.read.summary() },
    };
  }

  private addHour(hour: number, word: Happening, n: number): void {
    const counts = this.hours.get(hour) ?? { accepted: 0, sent: 0, delivered: 0, read: 0, failed: 0 };
    counts[word] += n;
    this.hours.set(hour, counts);
  }
}

/** P2, as seen from a report: every state has as many recipients as the counters say. */
export function isRecountOf(states: StateCounts, counters: DispatchProgress): boolean {
  return MESSAGE_STATES.every((state) => states[state] === counters[state]);
}

function count<Key>(groups: Map<Key, Counts>, key: Key, state: MessageState, n: number): void {
  const counts = groups.get(key) ?? noneYet();
  counts[state] += n;
  groups.set(key, counts);
}

/** The largest first. */
function groupsOf<Key>(groups: Map<Key, Counts>): ReportGroup<Key>[] {
  return [...groups]
    .map(([key, states]) => ({
      key,
      total: MESSAGE_STATES.reduce((sum, state) => sum + states[state], 0),
      states,
    }))
    .toSorted((a, b) => b.total - a.total || String(a.key).localeCompare(String(b.key)));
}

function noneYet(): Counts {
  return Object.fromEntries(MESSAGE_STATES.map((state) => [state, 0])) as Counts;
}

function addedUp(one: StateCounts, other: StateCounts): Counts {
  return Object.fromEntries(MESSAGE_STATES.map((state) => [state, one[state] + other[state]])) as Counts;
}
