import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { startBenchServices, type BenchServices } from '../support/bench-services.js';
import { startCaudalServer } from '../support/caudal-server.js';
import { median } from '../support/machine.js';
import { writeContactFile } from './contact-file.js';

interface ImportRun {
  readonly rowsPerSecond: number;
  readonly rssMb: number;
}

/** How fast a file of contacts comes in through the API beside a COPY that looks at nothing. */
export const IMPORT_BENCH: Bench = {
  name: 'import',
  about: 'a file of contacts through POST /api/contacts/imports, beside a plain COPY of the same file',
  defaults: { rows: 1_000_000, runs: 3 },
  run: runImportBench,
};

async function runImportBench(
  { rows = 0, runs = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  const services = await startBenchServices();
  const database = new pg.Client({ connectionString: services.databaseUrl });
  const copies: number[] = [];
  const imports: ImportRun[] = [];
  try {
    await database.connect();
    const file = join(services.directory, 'contacts.csv');
    await writeContactFile(file, rows);
    for (let run = 1; run <= runs; run += 1) {
      copies.push(rows / (await copySeconds(database, file)));
      imports.push(await runImport(services, database, file, rows));
      const { rowsPerSecond, rssMb } = imports.at(-1)!;
      say(
        `run ${run}: COPY ${Math.round(copies.at(-1)!)}/s, import ${Math.round(rowsPerSecond)}/s in ${rssMb} MiB`,
      );
    }
  } finally {
    await database.end();
    await services.stop();
  }
  return reportOf(copies, imports);
}

/** Into an unlogged table without an index, all text: the least that Postgres can do with these bytes. */
async function copySeconds(database: pg.Client, file: string): Promise<number> {
  await database.query(
    'DROP TABLE IF EXISTS bench_copy; ' +
      'CREATE UNLOGGED TABLE bench_copy (telefono text, nombre text, ciudad text, saldo text, etiquetas text)',
  );
  const startedMs = performance.now();
  const copy = database.query(copyFrom("COPY bench_copy FROM STDIN (FORMAT csv, HEADER, DELIMITER ';')"));
  await pipeline(createReadStream(file, { highWaterMark: 65_536 }), copy);
  return (performance.now() - startedMs) / 1000;
}

/** From the first byte of the upload until the import says that it is done. */
async function runImport(
  services: BenchServices,
  database: pg.Client,
  file: string,
  rows: number,
): Promise<ImportRun> {
  await database.query('TRUNCATE contacts, import_rejects, imports CASCADE');
  await database.query('CHECKPOINT');
  const csv = await readFile(file, 'utf8');
  const server = await startCaudalServer(services, { CAUDAL_DEFAULT_COUNTRY: 'MX' });
  try {
    const startedMs = performance.now();
    const { id } = await server.upload<{ id: string }>('/api/contacts/imports', csv, {});
    let rssMb = 0;
    for (;;) {
      rssMb = Math.max(rssMb, await server.rssMb());
      const job = await server.call<{ status: string; rows: { read: number; created: number } }>(
        'GET',
        `/api/contacts/imports/${id}`,
      );
      if (job.status === 'running') {
        await delay(50);
        continue;
      }
      if (job.status !== 'done' || job.rows.created !== rows) {
        throw new Error(`the import is ${job.status} with ${job.rows.created} of ${rows} contacts`);
      }
      return { rowsPerSecond: (rows * 1000) / (performance.now() - startedMs), rssMb };
    }
  } finally {
    await server.stop();
  }
}

function reportOf(copies: readonly number[], imports: readonly ImportRun[]): BenchReport {
  const figures = {
    rowsPerSecond: Math.round(median(imports.map((one) => one.rowsPerSecond))),
    copyRowsPerSecond: Math.round(median(copies)),
    rssMb: Math.max(...imports.map((one) => one.rssMb)),
  };
  const share = (figures.rowsPerSecond / figures.copyRowsPerSecond).toFixed(2);
  return {
    figures,
    rows: [
      ['', 'rows a second', 'beside it'],
      ['COPY into an unlogged table (limit)', String(figures.copyRowsPerSecond), ''],
      ['Caudal, upload to done', String(figures.rowsPerSecond), `${share} of COPY, in ${figures.rssMb} MiB`],
    ],
  };
}
