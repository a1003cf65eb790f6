import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startBenchServices, type BenchServices } from '../support/bench-services.js';
import { startCaudalServer } from '../support/caudal-server.js';
import { insertAccepted } from './accepted-messages.js';
import type { LoadFigures, LoadOrder } from './load.js';
import type { StatusSender } from './status-request.js';

const execute = promisify(execFile);

/** Databases with a channel and messages that were accepted, of which the webhooks will speak. */
export interface WebhookRig {
  readonly services: BenchServices;
  readonly database: pg.Client;
  readonly sender: StatusSender;
  stop(): Promise<void>;
}

export async function startWebhookRig(messages: number): Promise<WebhookRig> {
  const services = await startBenchServices();
  const database = new pg.Client({ connectionString: services.databaseUrl });
  try {
    await database.connect();
    const api = await startCaudalServer(services, { CAUDAL_ROLES: 'api' });
    const appSecret = randomBytes(16).toString('hex');
    const phoneNumberId = '106540352242922';
    const { id: channelId } = await api.call<{ id: string }>('POST', '/api/channels', {
      name: 'bench',
      provider: 'whatsapp-cloud',
      settings: { phoneNumberId, accessToken: 'bench', appSecret },
    });
    await api.stop();
    const dispatchId = await insertAccepted(database, channelId, messages);
    return {
      services,
      database,
      sender: { appSecret, phoneNumberId, dispatchId },
      stop: async () => {
        await database.end();
        await services.stop();
      },
    };
  } catch (error) {
    await database.end();
    await services.stop();
    throw error;
  }
}

/** Posts webhooks from a process of its own and returns how it went. */
export async function load(order: LoadOrder): Promise<LoadFigures> {
  const { stdout } = await execute(process.execPath, [script('load.js'), JSON.stringify(order)]);
  return JSON.parse(stdout) as LoadFigures;
}

export interface BareHandler {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startBareHandler(appSecret: string): Promise<BareHandler> {
  const child = spawn(process.execPath, [...process.execArgv, script('bare-handler.js'), appSecret], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as unknown[];
  const port = Number(String(line));
  if (!Number.isSafeInteger(port) || port === 0) throw new Error('the bare handler did not start');
  return {
    port,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function script(name: string): string {
  return join(import.meta.dirname, name);
}
