import { parseArgs } from 'node:util';
import type { Bench, BenchReport } from './bench.js';
import { DISPATCH_BENCH } from './dispatch/dispatch.bench.js';
import { DUE_BENCH } from './due/due.bench.js';
import { FAIRNESS_BENCH } from './fairness/fairness.bench.js';
import { IMPORT_BENCH } from './import/import.bench.js';
import { INBOUND_BENCH } from './inbound/inbound.bench.js';
import { MILLION_BENCH } from './million/million.bench.js';
import { machine } from './support/machine.js';
import { PREFLIGHT_BENCH } from './preflight/preflight.bench.js';
import { PREPARE_BENCH } from './prepare/prepare.bench.js';
import { PROVIDERS_BENCH } from './providers/providers.bench.js';
import { REPORT_BENCH } from './report/report.bench.js';
import { THROTTLE_BENCH } from './throttle/throttle.bench.js';
import { TRANSACTIONAL_BENCH } from './transactional/transactional.bench.js';
import { WEBHOOKS_BENCH } from './webhooks/webhooks.bench.js';

const BENCHES: readonly Bench[] = [
  DISPATCH_BENCH,
  MILLION_BENCH,
  IMPORT_BENCH,
  THROTTLE_BENCH,
  TRANSACTIONAL_BENCH,
  FAIRNESS_BENCH,
  PREFLIGHT_BENCH,
  PREPARE_BENCH,
  DUE_BENCH,
  PROVIDERS_BENCH,
  WEBHOOKS_BENCH,
  INBOUND_BENCH,
  REPORT_BENCH,
];

const name = process.argv[2];
const bench = BENCHES.find((one) => one.name === name);
if (name === '--list') {
  for (const one of BENCHES) console.log(`${one.name}  ${one.about}`);
} else if (bench === undefined) {
  console.error(
    `usage: script/bench NAME [options]; NAME is one of ${BENCHES.map((one) => one.name).join(', ')}`,
  );
  process.exitCode = 2;
} else {
  await measure(bench, process.argv.slice(3));
}

async function measure(chosen: Bench, args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean' },
      ...Object.fromEntries(
        Object.keys(chosen.defaults).map((option) => [option, { type: 'string' as const }]),
      ),
    },
  });
  const given = values as Readonly<Record<string, string | boolean | undefined>>;
  const isJson = given['json'] === true;
  const options = Object.fromEntries(
    Object.entries(chosen.defaults).map(([option, usual]) => [
      option,
      numberOf(option, given[option], usual),
    ]),
  );
  // With --json the one line on stdout is the result; what happens on the way goes to stderr.
  const report = await chosen.run(options, (line) => console.error(line));
  if (isJson) console.log(JSON.stringify(report.figures));
  else print(report);
}

function numberOf(option: string, text: string | boolean | undefined, usual: number): number {
  if (text === undefined) return usual;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${option} "${String(text)}" must be a whole number above 0`);
}

function print({ rows, figures }: BenchReport): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
  console.log();
  console.log(JSON.stringify(figures));
  console.log(
    Object.entries(machine())
      .map(([what, value]) => `${what} ${value}`)
      .join(', '),
  );
}
