import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { startBenchServices } from '../support/bench-services.js';
import { startCaudalServer, type CaudalServer } from '../support/caudal-server.js';
import { insertCampaign } from './reported-campaign.js';

const FIRST_BYTE_LIMIT_MS = 1000;
const RSS_LIMIT_MB = 350;
const LOOK_EVERY_MS = 100;
const LINE_END = 0x0a;

interface Download {
  /** Until a recipient was there, which is later than the header. */
  readonly firstByteMs: number;
  readonly rowsPerSecond: number;
}

/** Whether the report of a big campaign comes at once, and in how much memory. */
export const REPORT_BENCH: Bench = {
  name: 'report',
  about: 'report.csv of a million recipients, and the report as one answer, beside their limits',
  defaults: { rows: 1_000_000 },
  run: runReport,
};

async function runReport({ rows = 0 }: BenchOptions, say: (line: string) => void): Promise<BenchReport> {
  const services = await startBenchServices();
  const database = new pg.Client({ connectionString: services.databaseUrl });
  await database.connect();
  const server = await startCaudalServer(services, { CAUDAL_ROLES: 'api' });
  try {
    const id = await insertCampaign(database, server, rows);
    say(`${rows} messages are there`);
    const over = new AbortController();
    const memory = highestRss(server, over.signal);
    const csv = await download(`${server.url}/api/campaigns/${id}/report.csv`, services.adminKey, rows);
    say(`report.csv: ${JSON.stringify(csv)}`);
    const startedMs = performance.now();
    const whole = await server.call<{ reconciles: boolean }>('GET', `/api/campaigns/${id}/report`);
    const reportMs = performance.now() - startedMs;
    if (!whole.reconciles) throw new Error('the report does not add up to the counters');
    over.abort();
    return reportOf(csv, reportMs, await memory, rows);
  } finally {
    await server.stop();
    await database.end();
    await services.stop();
  }
}

async function download(url: string, key: string, rows: number): Promise<Download> {
  const startedMs = performance.now();
  const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  if (!answer.ok || answer.body === null) throw new Error(`report.csv was answered ${answer.status}`);
  let lines = 0;
  let firstByteMs = Number.NaN;
  for await (const chunk of answer.body) {
    for (let at = chunk.indexOf(LINE_END); at !== -1; at = chunk.indexOf(LINE_END, at + 1)) lines += 1;
    if (Number.isNaN(firstByteMs) && lines > 1) firstByteMs = performance.now() - startedMs;
  }
  if (lines !== rows + 1) throw new Error(`report.csv has ${lines} lines instead of ${rows + 1}`);
  return { firstByteMs, rowsPerSecond: (rows * 1000) / (performance.now() - startedMs) };
}

async function highestRss(server: CaudalServer, over: AbortSignal): Promise<number> {
  let highest = 0;
  while (!over.aborted) {
    highest = Math.max(highest, await server.rssMb());
    await delay(LOOK_EVERY_MS);
  }
  return highest;
}

function reportOf(csv: Download, reportMs: number, rssMb: number, rows: number): BenchReport {
  const figures = {
    firstByteMs: Math.round(csv.firstByteMs),
    rowsPerSecond: Math.round(csv.rowsPerSecond),
    rssMb,
    reportMs: Math.round(reportMs),
  };
  return {
    figures,
    rows: [
      [`of ${rows} recipients`, 'measured', 'limit'],
      ['report.csv, until the first recipient', `${figures.firstByteMs} ms`, `${FIRST_BYTE_LIMIT_MS} ms`],
      ['report.csv, rows a second', String(figures.rowsPerSecond), ''],
      ['the report as one answer', `${figures.reportMs} ms`, ''],
      ['most memory of the server', `${rssMb} MiB`, `${RSS_LIMIT_MB} MiB`],
    ],
  };
}
