import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startBenchServices, type BenchServices } from '../support/bench-services.js';
import { median } from '../support/machine.js';
import { startNginxSink } from '../support/nginx-sink.js';
import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { runCaudal, type CaudalRun } from './caudal-run.js';

const execute = promisify(execFile);
const CONNECTIONS = 100;
/** The usual design is several times slower: a smaller share of messages gives it runs of the same length. */
const USUAL_SHARE = 8;

/** How fast the whole path is beside the bare loop that it cannot beat and the design that it replaces. */
export const DISPATCH_BENCH: Bench = {
  name: 'dispatch',
  about: 'the whole path of one worker process, beside a bare undici loop and the usual design',
  defaults: { messages: 200_000, runs: 5 },
  run: runDispatch,
};

async function runDispatch(
  { messages = 0, runs = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), 'caudal-dispatch-'));
  const sink = await startNginxSink(directory);
  const bare: number[] = [];
  const usual: number[] = [];
  const caudal: CaudalRun[] = [];
  try {
    for (let run = 1; run <= runs; run += 1) {
      bare.push(await figureOf('bare-loop.js', [sink.url, messages, CONNECTIONS]));
      caudal.push(await onNewServices((services) => runCaudal(services, sink.url, messages)));
      const share = Math.ceil(messages / USUAL_SHARE);
      usual.push(
        await onNewServices(({ databaseUrl, redisUrl }) =>
          figureOf('usual-worker.js', [sink.url, share, 50, databaseUrl, redisUrl]),
        ),
      );
      say(
        `run ${run}: bare ${Math.round(bare.at(-1)!)}/s, Caudal ${Math.round(caudal.at(-1)!.messagesPerSecond)}/s, ` +
          `usual ${Math.round(usual.at(-1)!)}/s`,
      );
    }
  } finally {
    await sink.stop();
    await rm(directory, { recursive: true, force: true });
  }
  const messagesPerSecond = median(caudal.map((one) => one.messagesPerSecond));
  const figures = {
    messagesPerSecond: Math.round(messagesPerSecond),
    bareLoopPerSecond: Math.round(median(bare)),
    usualPerSecond: Math.round(median(usual)),
    ratioToBareLoop: Number((messagesPerSecond / median(bare)).toFixed(2)),
    ratioToUsual: Number((messagesPerSecond / median(usual)).toFixed(1)),
    rssMb: Math.max(...caudal.map((one) => one.rssMb)),
  };
  return {
    figures,
    rows: [
      ['', 'messages a second', 'beside it'],
      ['bare undici loop (limit)', String(figures.bareLoopPerSecond), ''],
      [
        'Caudal, whole path',
        String(figures.messagesPerSecond),
        `${figures.ratioToBareLoop} of the bare loop`,
      ],
      [
        'one Bull job a message, two updates',
        String(figures.usualPerSecond),
        `Caudal is ${figures.ratioToUsual} times that`,
      ],
    ],
  };
}

/** On shared servers, each run paid for vacuuming and checkpointing what the ones before it had left. */
async function onNewServices<T>(run: (services: BenchServices) => Promise<T>): Promise<T> {
  const services = await startBenchServices();
  try {
    return await run(services);
  } finally {
    await services.stop();
  }
}

async function figureOf(program: string, parameters: readonly (string | number)[]): Promise<number> {
  const { stdout } = await execute(process.execPath, [
    join(import.meta.dirname, program),
    ...parameters.map(String),
  ]);
  return Number(stdout.trim());
}
