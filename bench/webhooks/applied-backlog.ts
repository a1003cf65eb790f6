import { setTimeout as delay } from 'node:timers/promises';
import { startCaudalServer } from '../support/caudal-server.js';
import { STATUSES_OF_A_MESSAGE } from './status-request.js';
import type { WebhookRig } from './webhook-rig.js';

const LOOK_EVERY_MS = 250;

export interface Application {
  readonly perSecond: number;
  /** Of the worker, when a tenth was applied, half, and all. */
  readonly rssMb: readonly [start: number, half: number, end: number];
}

/**
 * One worker process takes the whole backlog; counted from its first effect. How far it is, the oldest that is left
 * tells: they are taken by their numbers, and counting a million rows four times a second would be half of the work.
 */
export async function applyBacklog({ services, database }: WebhookRig, events: number): Promise<Application> {
  const left = async (): Promise<number> => {
    const { rows } = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM webhook_backlog');
    return rows[0]!.n;
  };
  const oldest = async (): Promise<number | null> => {
    const { rows } = await database.query<{ id: string }>(
      'SELECT event_id AS id FROM webhook_backlog ORDER BY event_id LIMIT 1',
    );
    return rows[0] === undefined ? null : Number(rows[0].id);
  };
  if ((await left()) !== events) throw new Error('not every webhook that was answered 200 is stored');
  const first = (await oldest())!;
  const worker = await startCaudalServer(services, { CAUDAL_ROLES: 'worker' });
  try {
    while ((await oldest()) === first) await delay(10);
    const startedMs = performance.now();
    const counted = await left();
    const rssMb: number[] = [];
    for (let place = await oldest(); place !== null; place = await oldest()) {
      const share = (place - first) / events;
      if (share >= [0.1, 0.5][rssMb.length]!) rssMb.push(await worker.rssMb());
      await delay(LOOK_EVERY_MS);
    }
    const perSecond = counted / ((performance.now() - startedMs) / 1000);
    const end = await worker.rssMb();
    await expectApplied(database, events);
    return { perSecond, rssMb: [rssMb[0] ?? end, rssMb[1] ?? end, end] };
  } finally {
    await worker.stop();
  }
}

async function expectApplied(database: WebhookRig['database'], events: number): Promise<void> {
  const { rows } = await database.query<{ apart: number; read: number }>(
    `SELECT (SELECT count(*)::int FROM webhook_quarantine) AS apart, (SELECT sum(read)::int FROM dispatch_counters) AS read`,
  );
  const { apart, read } = rows[0]!;
  if (apart > 0 || read !== Math.floor(events / STATUSES_OF_A_MESSAGE)) {
    throw new Error(`of ${events} statuses ${apart} were set apart, and ${read} messages are read`);
  }
}
