import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { instantMs } from '../../src/simulator/instant.js';
import { withRig, type BenchRig } from '../support/bench-rig.js';
import { startCaudalServer, type CaudalServer } from '../support/caudal-server.js';
import type { SimulatedChannel } from '../support/simulated-provider.js';
import { insertAccepted } from '../webhooks/accepted-messages.js';
import { NotingSubscriber } from './subscriber.js';
import type { TrafficFigures, TrafficOrder } from './traffic.js';
import { recipientOf, RULES } from './written.js';

const execute = promisify(execFile);
/** What a number may send. */
const PER_SECOND = 80;
const ORDERS_AND_ANSWERS = 64 * 1024 * 1024;

export interface InboundRig {
  readonly rig: BenchRig;
  readonly router: CaudalServer;
  readonly worker: CaudalServer;
  readonly channel: SimulatedChannel;
  /** Of the messages that the statuses speak of. */
  readonly dispatchId: string;
  readonly subscriber: NotingSubscriber;
  /** By a message's id, when its row could be seen. */
  readonly storedAtMs: ReadonlyMap<string, number>;
}

export interface InboundWishes {
  readonly people: number;
  readonly messages: number;
}

/** A router and one worker, rules and a subscription that are in force, and half of the people known as contacts. */
export async function withInboundRig<T>(
  wishes: InboundWishes,
  work: (rig: InboundRig) => Promise<T>,
): Promise<T> {
  return withRig({ workers: 0 }, async (rig) => {
    const { services, database, api, provider } = rig;
    const stops: (() => Promise<unknown>)[] = [];
    try {
      const channel = await provider.addChannel(api, { perSecond: PER_SECOND });
      for (const rule of RULES) await api.call('POST', '/api/rules', rule);
      const subscriber = await NotingSubscriber.start();
      stops.unshift(() => subscriber.stop());
      await api.call('POST', '/api/subscriptions', {
        url: subscriber.url,
        events: ['message.received', 'message.forwarded', 'contact.opted_out'],
      });
      await addEverySecond(database, wishes.people);
      const dispatchId = await insertAccepted(database, channel.id, wishes.messages);
      const storedAtMs = new Map<string, number>();
      const listener = await listen(services.databaseUrl, database, storedAtMs);
      stops.unshift(() => listener.end());
      const router = await startCaudalServer(services, { CAUDAL_ROLES: 'router' });
      stops.unshift(() => router.stop());
      // Behind the subscription: what is told before a worker knows of it is told to nobody.
      const worker = await startCaudalServer(services, { CAUDAL_ROLES: 'worker' });
      stops.unshift(() => worker.stop());
      return await work({ rig, router, worker, channel, dispatchId, subscriber, storedAtMs });
    } finally {
      for (const stop of stops) await stop();
    }
  });
}

/** Posts from a process of its own. */
export async function postTraffic(order: TrafficOrder): Promise<TrafficFigures> {
  const program = join(import.meta.dirname, 'traffic.js');
  const { stdout } = await execute(process.execPath, [program, JSON.stringify(order)], {
    maxBuffer: ORDERS_AND_ANSWERS,
  });
  return JSON.parse(stdout) as TrafficFigures;
}

async function addEverySecond(database: pg.Client, people: number): Promise<void> {
  const recipients = Array.from({ length: people }, (_, nth) => recipientOf(nth)).filter(
    (_, nth) => nth % 2 === 0,
  );
  await database.query(
    `INSERT INTO contacts (workspace_id, recipient, name)
     SELECT (SELECT id FROM workspaces LIMIT 1), r, 'Cliente' FROM unnest($1::text[]) AS r`,
    [recipients],
  );
  await database.query('ANALYZE contacts');
}

/** A trigger that this database alone has: Postgres tells of a row when its transaction is committed, not before. */
async function listen(
  databaseUrl: string,
  database: pg.Client,
  storedAtMs: Map<string, number>,
): Promise<pg.Client> {
  await database.query(`
    CREATE FUNCTION bench_stored() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_notify('bench_stored', NEW.provider_id); RETURN NULL; END $$;
    CREATE TRIGGER bench_stored AFTER INSERT ON inbound_messages FOR EACH ROW EXECUTE FUNCTION bench_stored()`);
  const listener = new pg.Client({ connectionString: databaseUrl });
  await listener.connect();
  listener.on('notification', ({ payload = '' }) => storedAtMs.set(payload, instantMs()));
  await listener.query('LISTEN bench_stored');
  return listener;
}
