import pg from 'pg';
import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { startBenchServices } from '../support/bench-services.js';
import { startCaudalServer, type CaudalServer } from '../support/caudal-server.js';
import { median } from '../support/machine.js';

/** How long somebody waits for the preflight of a big audience. */
export const PREFLIGHT_BENCH: Bench = {
  name: 'preflight',
  about: 'the preflight of a million contacts, and of an uploaded list of as many',
  defaults: { recipients: 1_000_000, runs: 5 },
  run: runPreflight,
};

const LIMIT_MS = 3000;
/** One person in so many opted out, which every one of the million is asked about. */
const OPTED_OUT_EACH = 20;
/** Nobody is there: a preflight asks no provider. */
const NO_PROVIDER = 'http://127.0.0.1:9';

async function runPreflight(
  { recipients = 0, runs = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  const services = await startBenchServices();
  const database = new pg.Client({ connectionString: services.databaseUrl });
  await database.connect();
  const server = await startCaudalServer(services, { CAUDAL_ROLES: 'api' });
  try {
    const { id: channelId } = await server.call<{ id: string }>('POST', '/api/channels', {
      name: 'bench',
      provider: 'whatsapp-cloud',
      settings: {
        baseUrl: NO_PROVIDER,
        phoneNumberId: '106540352242922',
        accessToken: 'bench',
        appSecret: 'bench-secret',
      },
    });
    await addContacts(database, recipients);
    say(`${recipients} contacts are there, one in ${OPTED_OUT_EACH} opted out`);
    const create = async (): Promise<string> => {
      const { id } = await server.call<{ id: string }>('POST', '/api/campaigns', {
        name: 'bench preflight',
        message: 'Hola {{nombre}}, tu saldo es {{saldo}}. Responde BAJA para no recibir más',
        audience: { all: true },
        channelIds: [channelId],
      });
      return id;
    };
    const [contacts, file] = [await create(), await create()];
    await makeFile(database, file, recipients);
    const ofContacts = await measured(server, contacts, recipients, runs);
    const ofFile = await measured(server, file, recipients, runs);
    return report(ofContacts, ofFile, recipients);
  } finally {
    await server.stop();
    await database.end();
    await services.stop();
  }
}

/** Numbers of three countries. Straight into the table: importing a million is another bench. */
async function addContacts(database: pg.Client, recipients: number): Promise<void> {
  const { rows } = await database.query<{ id: string }>('SELECT id FROM workspaces LIMIT 1');
  const workspaceId = rows[0]!.id;
  await database.query(
    `INSERT INTO contacts (workspace_id, recipient, name, attributes, tags)
     SELECT $1, (ARRAY['+5255', '+5731', '+1809'])[1 + i % 3] || lpad(i::text, 8, '0'), 'Persona ' || i,
            jsonb_build_object('saldo', i::text), ARRAY['big']
     FROM generate_series(1, $2) AS i`,
    [workspaceId, recipients],
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
  await database.query(`UPDATE contacts SET opted_out_at = now() WHERE workspace_id = $1 AND id % $2 = 0`, [
    workspaceId,
    OPTED_OUT_EACH,
  ]);
  await database.query('VACUUM ANALYZE contacts');
  await database.query('VACUUM ANALYZE suppressions');
}

/** What an upload of the same people leaves; uploading is not what is measured. */
async function makeFile(database: pg.Client, campaignId: string, recipients: number): Promise<void> {
  await database.query(
    `INSERT INTO campaign_recipients (campaign_id, workspace_id, row_number, recipient, name, variables, reject)
     SELECT $1, c.workspace_id, c.id, c.recipient, c.name, jsonb_build_object('saldo', c.id::text),
            CASE WHEN c.id % 1000 = 0 THEN 'duplicate' END
     FROM contacts c`,
    [campaignId],
  );
  await database.query('UPDATE campaigns SET audience = $2 WHERE id = $1', [
    campaignId,
    JSON.stringify({ kind: 'file', fileName: 'bench.csv', rows: recipients, rejected: 0, columns: [] }),
  ]);
  await database.query('VACUUM ANALYZE campaign_recipients');
}

async function measured(
  server: CaudalServer,
  campaignId: string,
  recipients: number,
  runs: number,
): Promise<number> {
  const tookMs: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const askedMs = performance.now();
    const { counts } = await server.call<{ counts: { audience: number } }>(
      'GET',
      `/api/campaigns/${campaignId}/preflight`,
    );
    tookMs.push(performance.now() - askedMs);
    if (counts.audience !== recipients) throw new Error(`counted ${counts.audience} of ${recipients}`);
  }
  return Math.round(median(tookMs));
}

function report(contactsMs: number, fileMs: number, recipients: number): BenchReport {
  return {
    figures: { contactsMs, fileMs },
    rows: [
      ['preflight of', `${recipients.toLocaleString('en')}`, 'limit'],
      ['contacts', `${contactsMs} ms`, `${LIMIT_MS.toLocaleString('en')} ms`],
      ['rows of an uploaded list', `${fileMs} ms`, `${LIMIT_MS.toLocaleString('en')} ms`],
    ],
  };
}
