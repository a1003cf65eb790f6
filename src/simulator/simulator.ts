import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { AnswerWriter } from './answer.js';
import { handleControl } from './control-routes.js';
import { Control } from './control.js';
import { Deliveries } from './deliveries.js';
import { Faults } from './faults.js';
import { GraphRoutes } from './graph-routes.js';
import { Inbound } from './inbound.js';
import { Ledger } from './ledger.js';
import { LookUp } from './look-up.js';
import { NumberRegistry } from './number-registry.js';
import { SendMessage } from './send-message.js';
import type { StrayCalls } from './stray-calls.js';
import { renderEvent } from './status-render.js';

const CONTROL_PREFIX = '/simulator/';
/** Longer than a client keeps an idle connection: the server closing one that is just being used looks like a reset. */
const KEEP_ALIVE_MS = 120_000;
const BACKLOG = 4096;
const WEBHOOK_CONNECTIONS = 16;

export interface Simulator {
  url: string;
  close(): Promise<void>;
}

/** A WhatsApp Cloud API on loopback, with a ledger to read and faults to script. */
export async function startSimulator(options: { port?: number; host?: string } = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1' } = options;
  const agent = new Agent({ connections: WEBHOOK_CONNECTIONS });
  const ledger = new Ledger();
  const inbound = new Inbound(ledger);
  const numbers = new NumberRegistry(agent, (event) => renderEvent(ledger, event));
  const deliveries = new Deliveries(ledger, inbound, numbers.all);
  const faults = new Faults();
  const writer = new AnswerWriter();
  let boundPort = port;
  const sending = new SendMessage(numbers, ledger, faults, deliveries, writer, () => boundPort);
  const strays: StrayCalls = { unauthorised: 0, redirectsFollowed: 0 };
  const lookUp = new LookUp(ledger, faults, writer, () => boundPort);
  const graph = new GraphRoutes(numbers, sending, lookUp, strays);
  const control = new Control(numbers, ledger, faults, deliveries, inbound, strays);

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    if (request.url?.startsWith(CONTROL_PREFIX)) handleControl(control, request, response);
    else graph.handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
  boundPort = (server.address() as AddressInfo).port;

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      deliveries.clear();
      writer.clear();
      for (const number of numbers.all) number.clear();
      await Promise.all([closed, agent.destroy()]);
    },
  };
}
