import pg from 'pg';
import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { until } from '../support/bench-campaigns.js';
import { startBenchServices } from '../support/bench-services.js';
import { benchTemplate } from '../support/bench-template.js';
import { startCaudalServer, type CaudalServer } from '../support/caudal-server.js';
import { rounded } from '../support/figures.js';
import { startNginxSink } from '../support/nginx-sink.js';

/** How soon a big audience is written down while its first messages are on their way at full speed. */
export const PREPARE_BENCH: Bench = {
  name: 'prepare',
  about:
    'preparing a million recipients while they are being sent to: how long, the first send, the rate meanwhile',
  defaults: { recipients: 1_000_000 },
  run: runPrepare,
};

/** For a million. */
const PREPARED_LIMIT_S = 60;
const FIRST_SEND_LIMIT_MS = 5000;
const MOST_WAIT_MS = 600_000;
/** One person in so many opted out. */
const OPTED_OUT_EACH = 20;

interface Preparation {
  readonly answeredMs: number;
  readonly firstSendMs: number;
  readonly preparedMs: number;
  /** How many had been sent when the last was prepared. */
  readonly sentMeanwhile: number;
}

async function runPrepare(
  { recipients = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  const services = await startBenchServices();
  const sink = await startNginxSink(services.directory);
  const database = new pg.Client({ connectionString: services.databaseUrl });
  await database.connect();
  const server = await startCaudalServer(services);
  try {
    const { id: channelId } = await server.call<{ id: string }>('POST', '/api/channels', {
      name: 'bench',
      provider: 'whatsapp-cloud',
      settings: {
        baseUrl: sink.url,
        phoneNumberId: '106540352242922',
        accessToken: 'bench',
        appSecret: 'bench-secret',
      },
    });
    await addContacts(database, recipients);
    say(`${recipients} contacts are there, one in ${OPTED_OUT_EACH} opted out`);
    return reportOf(await prepared(server, database, channelId), recipients);
  } finally {
    await server.stop();
    await database.end();
    await sink.stop();
    await services.stop();
  }
}

/** Straight into the table: importing a million is another bench. */
async function addContacts(database: pg.Client, recipients: number): Promise<void> {
  const { rows } = await database.query<{ id: string }>('SELECT id FROM workspaces LIMIT 1');
  const workspaceId = rows[0]!.id;
  await database.query(
    `INSERT INTO contacts (workspace_id, recipient, name, attributes, tags, opted_out_at)
     SELECT $1, '+52155' || (10000000 + i), 'Persona ' || i, jsonb_build_object('saldo', i::text), ARRAY['big'],
            CASE WHEN i % $3 = 0 THEN now() END
     FROM generate_series(1, $2) AS i`,
    [workspaceId, recipients, OPTED_OUT_EACH],
  );
  await database.query(
    `INSERT INTO attribute_keys (workspace_id, key) VALUES ($1, 'saldo') ON CONFLICT DO NOTHING`,
    [workspaceId],
  );
  // Hashes of nobody in particular: they are looked through as those of people are.
  await database.query(
    `INSERT INTO suppressions (workspace_id, recipient_hash, category, reason, source)
     SELECT $1, sha256(convert_to(i::text, 'UTF8')), 'all', 'bench', 'bench' FROM generate_series(1, $2) AS i`,
    [workspaceId, Math.ceil(recipients / OPTED_OUT_EACH)],
  );
  await database.query('VACUUM ANALYZE contacts, suppressions');
}

/** All from the moment at which the order to start is given, so the look at the audience before the answer counts. */
async function prepared(server: CaudalServer, database: pg.Client, channelId: string): Promise<Preparation> {
  const { id } = await server.call<{ id: string }>('POST', '/api/campaigns', {
    name: 'bench prepare',
    content: benchTemplate('{{nombre}}', '{{saldo}}'),
    audience: { tags: ['big'] },
    channelIds: [channelId],
  });
  const orderedAtMs = Date.now();
  await server.call('POST', `/api/campaigns/${id}/start`);
  const answeredMs = Date.now() - orderedAtMs;
  const isPrepared = async (): Promise<boolean | undefined> => {
    const { rows } = await database.query<{ is_prepared: boolean }>(
      'SELECT is_prepared FROM campaigns WHERE id = $1',
      [id],
    );
    return rows[0]!.is_prepared || undefined;
  };
  await until('the last recipient to be prepared', isPrepared, MOST_WAIT_MS);
  const preparedAtMs = Date.now();
  const { rows } = await database.query<{ first: Date; sent: number }>(
    `SELECT min(m.inflight_at) AS first, count(*)::int AS sent
     FROM campaigns c JOIN messages m ON m.dispatch_id = c.dispatch_id
     WHERE c.id = $1 AND m.accepted_at <= $2`,
    [id, new Date(preparedAtMs)],
  );
  await server.call('POST', `/api/campaigns/${id}/queue-stop`);
  return {
    answeredMs,
    firstSendMs: rows[0]!.first.getTime() - orderedAtMs,
    preparedMs: preparedAtMs - orderedAtMs,
    sentMeanwhile: rows[0]!.sent,
  };
}

function reportOf(run: Preparation, recipients: number): BenchReport {
  const sendingMs = run.preparedMs - run.firstSendMs;
  const figures = {
    preparedSeconds: rounded(run.preparedMs / 1000),
    firstSendMs: Math.round(run.firstSendMs),
    startAnsweredMs: Math.round(run.answeredMs),
    preparedPerSecond: Math.round((recipients * 1000) / run.preparedMs),
    sentPerSecondMeanwhile: Math.round((run.sentMeanwhile * 1000) / Math.max(1, sendingMs)),
  };
  return {
    figures,
    rows: [
      ['from the order to start', `${recipients.toLocaleString('en')} recipients`, 'limit'],
      ['until all are prepared', `${figures.preparedSeconds} s`, `${PREPARED_LIMIT_S} s`],
      [
        'until the first is sent',
        `${figures.firstSendMs} ms`,
        `${FIRST_SEND_LIMIT_MS.toLocaleString('en')} ms`,
      ],
      ['until start is answered', `${figures.startAnsweredMs} ms`, ''],
      ['prepared a second', figures.preparedPerSecond.toLocaleString('en'), ''],
      ['sent a second meanwhile', figures.sentPerSecondMeanwhile.toLocaleString('en'), ''],
    ],
  };
}
