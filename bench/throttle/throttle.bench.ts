import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { rounded } from '../support/figures.js';
import { runRealWorkers, type RealRun } from './real-run.js';
import { HOUR_LIMITS, runVirtualHours, type VirtualRun } from './virtual-run.js';

/** Whether a limit is ever exceeded, by many workers at once and over hours, and how much of it is used. */
export const THROTTLE_BENCH: Bench = {
  name: 'throttle',
  about: 'limits and pacing: four worker processes on one channel, and hours of virtual time',
  defaults: { limit: 80, seconds: 60, minutes: 120, seed: 1 },
  run: runThrottle,
};

async function runThrottle(
  { limit = 0, seconds = 0, minutes = 0, seed = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  say(`${minutes} minutes of virtual time`);
  const hours = await virtualHours(minutes, seed);
  say(`${seconds} seconds of four worker processes`);
  return reportOf(await runRealWorkers(limit, seconds), hours, limit);
}

async function virtualHours(minutes: number, seed: number): Promise<VirtualRun> {
  const directory = await mkdtemp(join(tmpdir(), 'caudal-bench-'));
  try {
    return await runVirtualHours(directory, minutes, seed);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function reportOf(real: RealRun, hours: VirtualRun, limit: number): BenchReport {
  const figures = {
    mostPerSecond: Math.max(real.workers.most, real.provider.most),
    meanPerSecond: rounded(real.workers.mean),
    limitPerSecond: limit,
    workersMostPerSecond: real.workers.most,
    providerMostPerSecond: real.provider.most,
    providerMeanPerSecond: rounded(real.provider.mean),
    workers: real.senders,
    lateSlots: real.lateSlots,
    virtualMostPerSecond: hours.mostPerSecond,
    virtualMostPerMinute: hours.mostPerMinute,
    virtualMostPerHour: hours.mostPerHour,
    virtualMeanPerSecond: rounded(hours.meanPerSecond, 2),
    progressiveErrorPercent: rounded(hours.progressiveErrorPercent, 2),
  };
  const { perSecond, perMinute, perHour } = HOUR_LIMITS;
  const atLeast = (mean: number): string => `at least ${rounded(mean * 0.95, 2)}`;
  return {
    figures,
    rows: [
      ['', 'measured', 'limit'],
      ['most in any second, by the workers', String(figures.workersMostPerSecond), String(limit)],
      ['most in any second, at the provider', String(figures.providerMostPerSecond), String(limit)],
      ['mean a second, by the workers', String(figures.meanPerSecond), atLeast(limit)],
      ['mean a second, at the provider', String(figures.providerMeanPerSecond), atLeast(limit)],
      ['slots lost to calls that were late', String(figures.lateSlots), ''],
      ['virtual: most in any second', String(figures.virtualMostPerSecond), String(perSecond)],
      ['virtual: most in any minute', String(figures.virtualMostPerMinute), String(perMinute)],
      ['virtual: most in any hour', String(figures.virtualMostPerHour), String(perHour)],
      ['virtual: mean a second', String(figures.virtualMeanPerSecond), atLeast(perSecond)],
      ['virtual: progressive, off its table', `${figures.progressiveErrorPercent} %`, '2 %'],
    ],
  };
}
