import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROVIDER_NAMES } from '../../src/channels/providers/all-providers.js';
import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { rounded } from '../support/figures.js';
import { median } from '../support/machine.js';
import { startNginxSink, type Sink } from '../support/nginx-sink.js';
import { CLOUD, PROVIDER_ROWS } from './bench-settings.js';

const execute = promisify(execFile);
const OPEN_CALLS = 100;
/** No driver may be slower than this much of the Cloud driver. */
const LEAST_RATIO = 0.6;

interface Round {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** What a message costs in each driver, from its content to the outcome, beside the Cloud driver of the same round. */
export const PROVIDERS_BENCH: Bench = {
  name: 'providers',
  about: 'each driver alone against a provider that answers a constant, beside the Cloud driver',
  defaults: { messages: 60_000, rounds: 5 },
  run: runProviders,
};

async function runProviders(
  { messages = 0, rounds = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  const names = PROVIDER_NAMES.filter((name) => PROVIDER_ROWS[name] !== undefined);
  const directory = await mkdtemp(join(tmpdir(), 'caudal-bench-'));
  const sinks = new Map<string, Sink>();
  const results = new Map<string, Round[]>(names.map((name) => [name, []]));
  try {
    for (const name of names) sinks.set(name, await startNginxSink(directory, PROVIDER_ROWS[name]!.answer));
    for (let round = 0; round < rounds; round += 1) {
      for (const name of turned(names, round)) {
        results.get(name)!.push(await roundOf(name, sinks.get(name)!.url, messages));
      }
      say(`round ${round + 1}: ${names.map((name) => shortly(name, results.get(name)!.at(-1)!)).join(', ')}`);
    }
  } finally {
    for (const sink of sinks.values()) await sink.stop();
    await rm(directory, { recursive: true, force: true });
  }
  return reportOf(results);
}

async function roundOf(name: string, url: string, messages: number): Promise<Round> {
  const { stdout } = await execute(process.execPath, [
    join(import.meta.dirname, 'driver-loop.js'),
    name,
    url,
    String(messages),
    String(OPEN_CALLS),
  ]);
  return JSON.parse(stdout) as Round;
}

/** Nobody is always first after a pause, or last on a warm machine. */
function turned(names: readonly string[], by: number): string[] {
  const first = by % names.length;
  return [...names.slice(first), ...names.slice(0, first)];
}

function reportOf(results: ReadonlyMap<string, readonly Round[]>): BenchReport {
  const cloud = results.get(CLOUD)!;
  const figures: Record<string, number> = {};
  const rows = [
    [
      '',
      'messages a second',
      `of the Cloud driver (at least ${LEAST_RATIO})`,
      'CPU µs a message',
      "Cloud's by it",
    ],
  ];
  for (const [name, rounds] of results) {
    const perSecond = Math.round(median(rounds.map((round) => round.perSecond)));
    const cpuMicros = rounded(median(rounds.map((round) => round.cpuMicros)));
    // Of the same round each: the box is faster in one than in another.
    const ratio = rounded(median(rounds.map((round, index) => round.perSecond / cloud[index]!.perSecond)), 2);
    const cpuRatio = rounded(
      median(rounds.map((round, index) => cloud[index]!.cpuMicros / round.cpuMicros)),
      2,
    );
    const key = name.replace(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase());
    figures[`${key}PerSecond`] = perSecond;
    figures[`${key}CpuMicros`] = cpuMicros;
    figures[`${key}Ratio`] = ratio;
    figures[`${key}CpuRatio`] = cpuRatio;
    rows.push([name, String(perSecond), verdict(ratio), String(cpuMicros), String(cpuRatio)]);
  }
  const ratios = Object.keys(figures).filter((key) => /[^u]Ratio$/.test(key));
  figures['lowestRatio'] = Math.min(...ratios.map((key) => figures[key]!));
  figures['leastRatio'] = LEAST_RATIO;
  return { figures, rows };
}

function verdict(ratio: number): string {
  return ratio >= LEAST_RATIO ? String(ratio) : `${ratio}, too slow`;
}

function shortly(name: string, { perSecond, cpuMicros }: Round): string {
  return `${name} ${Math.round(perSecond)}/s at ${Math.round(cpuMicros)} µs`;
}
