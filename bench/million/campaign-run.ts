import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { BenchServices } from '../support/bench-services.js';
import { benchTemplate } from '../support/bench-template.js';
import type { CaudalServer } from '../support/caudal-server.js';
import { cpuMsOf, cpuMsOfFamily, postmasterPid } from '../support/cpu-time.js';

export interface CampaignRun {
  /** From the answer to start until the first call had passed the barrier. */
  readonly firstSendMs: number;
  readonly messagesPerSecond: number;
  /** CPU of Caudal and Postgres a message, preparation included. */
  readonly costMicroseconds: number;
  readonly rssStartMb: number;
  readonly rssEndMb: number;
  readonly statusP99Ms: number;
}

const STATUS_EVERY_MS = 100;

/** Sends to everybody with this tag, asking for queue-status all the way. */
export async function runCampaign(
  services: BenchServices,
  server: CaudalServer,
  database: Client,
  channelId: string,
  tag: string,
): Promise<CampaignRun> {
  const postgres = postmasterPid(services.directory);
  const cpuMs = (): number => cpuMsOf(server.pid) + cpuMsOfFamily(postgres);
  const { id } = await server.call<{ id: string }>('POST', '/api/campaigns', {
    name: `bench ${tag}`,
    content: benchTemplate('{{nombre}}', '{{saldo}}'),
    audience: { tags: [tag] },
    channelIds: [channelId],
  });
  const rssStartMb = await server.rssMb();
  const cpuBeforeMs = cpuMs();
  await server.call('POST', `/api/campaigns/${id}/start`);
  const answeredAtMs = Date.now();
  const latenciesMs: number[] = [];
  for (let status = ''; status !== 'completed'; await delay(STATUS_EVERY_MS)) {
    const askedMs = performance.now();
    const answer = await server.call<{ status: { status: string } }>(
      'GET',
      `/api/campaigns/${id}/queue-status`,
    );
    latenciesMs.push(performance.now() - askedMs);
    ({ status } = answer.status);
  }
  const cpuAfterMs = cpuMs();
  const { rows } = await database.query<{ n: number; first: Date; seconds: number }>(
    `SELECT count(*)::int AS n, min(m.inflight_at) AS first,
            extract(epoch FROM max(m.accepted_at) - min(m.inflight_at))::float8 AS seconds
     FROM messages m JOIN campaigns c ON c.dispatch_id = m.dispatch_id WHERE c.id = $1 AND m.state = 'accepted'`,
    [id],
  );
  const { n, first, seconds } = rows[0]!;
  return {
    firstSendMs: first.getTime() - answeredAtMs,
    messagesPerSecond: n / seconds,
    costMicroseconds: ((cpuAfterMs - cpuBeforeMs) * 1000) / n,
    rssStartMb,
    rssEndMb: await server.rssMb(),
    statusP99Ms: latenciesMs.toSorted((a, b) => a - b)[Math.floor(latenciesMs.length * 0.99)]!,
  };
}
