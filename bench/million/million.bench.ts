import pg from 'pg';
import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { startBenchServices } from '../support/bench-services.js';
import { startCaudalServer } from '../support/caudal-server.js';
import { median } from '../support/machine.js';
import { startNginxSink } from '../support/nginx-sink.js';
import { runCampaign, type CampaignRun } from './campaign-run.js';

/** What a big audience costs beside a small one, and whether the box can be watched meanwhile. */
export const MILLION_BENCH: Bench = {
  name: 'million',
  about: 'a million recipients on one box, beside campaigns of ten thousand in the same run',
  defaults: { recipients: 1_000_000, small: 10_000 },
  run: runMillion,
};

const SMALL_RUNS = 3;

async function runMillion(
  { recipients = 0, small = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  const services = await startBenchServices();
  const sink = await startNginxSink(services.directory);
  const database = new pg.Client({ connectionString: services.databaseUrl });
  await database.connect();
  const server = await startCaudalServer(services);
  try {
    const { id } = await server.call<{ id: string }>('POST', '/api/channels', {
      name: 'bench',
      provider: 'whatsapp-cloud',
      settings: {
        baseUrl: sink.url,
        phoneNumberId: '106540352242922',
        accessToken: 'bench',
        appSecret: 'bench-secret',
      },
    });
    await addContacts(database, recipients, small);
    const run = (tag: string): Promise<CampaignRun> => runCampaign(services, server, database, id, tag);
    const before: CampaignRun[] = [];
    for (let nth = 1; nth <= SMALL_RUNS; nth += 1) before.push(await run('small'));
    say(
      `small: ${before.map((one) => `${Math.round(one.costMicroseconds)} µs`).join(', ')} of CPU a message`,
    );
    const big = await run('big');
    const cost = median(before.map((one) => one.costMicroseconds));
    return report(big, cost, recipients, small);
  } finally {
    await server.stop();
    await database.end();
    await sink.stop();
    await services.stop();
  }
}

/** Straight into the table: importing a million is another bench. */
async function addContacts(database: pg.Client, recipients: number, small: number): Promise<void> {
  const { rows } = await database.query<{ id: string }>('SELECT id FROM workspaces LIMIT 1');
  await database.query(
    `INSERT INTO contacts (workspace_id, recipient, name, attributes, tags)
     SELECT $1, '+52155' || (10000000 + i), 'Persona ' || i, jsonb_build_object('saldo', i::text),
            CASE WHEN i <= $3 THEN ARRAY['big', 'small'] ELSE ARRAY['big'] END
     FROM generate_series(1, $2) AS i`,
    [rows[0]!.id, recipients, small],
  );
  await database.query(
    `INSERT INTO attribute_keys (workspace_id, key) VALUES ($1, 'saldo') ON CONFLICT DO NOTHING`,
    [rows[0]!.id],
  );
  await database.query('ANALYZE contacts');
}

function report(big: CampaignRun, smallCost: number, recipients: number, small: number): BenchReport {
  const figures = {
    firstSendMs: Math.round(big.firstSendMs),
    messagesPerSecond: Math.round(big.messagesPerSecond),
    costRatio: Number((big.costMicroseconds / smallCost).toFixed(2)),
    rssStartMb: big.rssStartMb,
    rssEndMb: big.rssEndMb,
    statusP99Ms: Number(big.statusP99Ms.toFixed(1)),
  };
  return {
    figures,
    rows: [
      ['', `${recipients.toLocaleString('en')} recipients`, 'limit or rival'],
      ['first send after start', `${figures.firstSendMs} ms`, '5,000 ms'],
      ['messages a second', String(figures.messagesPerSecond), ''],
      [
        'CPU a message',
        `${Math.round(big.costMicroseconds)} µs`,
        `${Math.round(smallCost)} µs at ${small.toLocaleString('en')}`,
      ],
      ['memory, start and end', `${figures.rssStartMb} and ${figures.rssEndMb} MiB`, '350 MiB'],
      ['queue-status, p99', `${figures.statusP99Ms} ms`, '50 ms'],
    ],
  };
}
