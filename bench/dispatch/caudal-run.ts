import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { BenchServices } from '../support/bench-services.js';
import { benchTemplate } from '../support/bench-template.js';
import { startCaudalServer } from '../support/caudal-server.js';

export interface CaudalRun {
  readonly messagesPerSecond: number;
  readonly rssMb: number;
}

/** The whole path from one process: a campaign of `messages` recipients through ledger, Bull, throttle and breaker. */
export async function runCaudal(
  services: BenchServices,
  sinkUrl: string,
  messages: number,
): Promise<CaudalRun> {
  const server = await startCaudalServer(services, { CAUDAL_ROLES: 'api,worker' });
  const database = new pg.Client({ connectionString: services.databaseUrl });
  await database.connect();
  try {
    const channel = await server.call<{ id: string }>('POST', '/api/channels', {
      name: `bench ${Date.now()}`,
      provider: 'whatsapp-cloud',
      settings: {
        baseUrl: sinkUrl,
        phoneNumberId: String(Date.now()),
        accessToken: 'bench',
        appSecret: 'bench-secret',
      },
    });
    const rows = Array.from({ length: messages }, (_, i) => `+5215${510_000_000 + i};Persona ${i}`);
    const campaign = await server.upload<{ id: string }>(
      '/api/campaigns',
      `telefono;nombre\n${rows.join('\n')}\n`,
      {
        name: `bench ${Date.now()}`,
        content: JSON.stringify(benchTemplate('{{nombre}}')),
        channelIds: JSON.stringify([channel.id]),
      },
    );
    await server.call('POST', `/api/campaigns/${campaign.id}/start`);
    let rssMb = 0;
    for (let status = ''; status !== 'completed'; await delay(250)) {
      ({ status } = await server.call<{ status: string }>('GET', `/api/campaigns/${campaign.id}`));
      rssMb = Math.max(rssMb, await server.rssMb());
    }
    const { rows: figures } = await database.query<{ n: number; seconds: number }>(
      `SELECT count(*)::int AS n, extract(epoch FROM max(m.accepted_at) - min(m.inflight_at))::float8 AS seconds
       FROM messages m JOIN campaigns c ON c.dispatch_id = m.dispatch_id WHERE c.id = $1 AND m.state = 'accepted'`,
      [campaign.id],
    );
    const { n, seconds } = figures[0]!;
    if (n !== messages) throw new Error(`${n} of ${messages} messages were accepted`);
    return { messagesPerSecond: n / seconds, rssMb };
  } finally {
    await database.end();
    await server.stop();
  }
}
