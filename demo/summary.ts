import type { SimulatorSummary } from '../src/simulator/control-client.js';
import { count } from './progress-line.js';
import type { Findings } from './reconcile.js';

/** What `--json` prints. */
export interface DemoSummary {
  readonly recipients: number;
  readonly skipped: number;
  readonly accepted: number;
  readonly delivered: number;
  readonly failed: number;
  readonly unknown: number;
  readonly duplicates: number;
  readonly lost: number;
  /** Of sending, from the first call to the last by the simulator's clock. */
  readonly seconds: number;
  readonly ratePerSecond: number;
  /** Most calls in any sliding second. */
  readonly mostPerSecond: number;
}

export function summarise(findings: Findings, ledger: SimulatorSummary): DemoSummary {
  const { faults: _faults, ...counts } = findings;
  const { seconds, mostPerSecond } = ledger;
  // A handful of messages may all arrive in one millisecond.
  const ratePerSecond = seconds === 0 ? ledger.accepted : ledger.accepted / seconds;
  return { ...counts, seconds: rounded(seconds, 3), ratePerSecond: rounded(ratePerSecond, 1), mostPerSecond };
}

/** For people: a row each, in two columns. */
export function summaryTable(summary: DemoSummary): string[] {
  const { recipients, skipped, accepted, delivered, failed, unknown, duplicates, lost } = summary;
  const rows: [string, number, string][] = [
    ['recipients', recipients, 'contacts in the campaign, each in exactly one state'],
    ['skipped', skipped, 'opted out'],
    ['accepted', accepted, 'taken by the provider, and the same in its ledger'],
    ['delivered', delivered, 'or read'],
    ['failed', failed, 'refused at once, or reported undeliverable later'],
    ['unknown', unknown, 'outcome not known, never sent again by itself'],
    ['duplicates', duplicates, 'by the ledger of the provider'],
    ['lost', lost, 'by the ledger of the provider'],
  ];
  const lines = rows.map(
    ([word, number, about]) => `  ${word.padEnd(12)}${count(number).padStart(10)}   ${about}`,
  );
  const most = `at most ${count(summary.mostPerSecond)} arrived in any second`;
  return [
    ...lines,
    `  ${'seconds'.padEnd(12)}${summary.seconds.toFixed(1).padStart(10)}   ${count(summary.ratePerSecond)} messages a second, ${most}`,
  ];
}

function rounded(number: number, digits: number): number {
  return Number(number.toFixed(digits));
}
