import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedLog } from './embedded-log.js';
import { freeLoopbackPort } from './free-port.js';
import { startGuarded } from './guarded-process.js';
import type { GuardedCommand, GuardedProcess } from './guarded-process.js';

export interface EmbeddedServer {
  port: number;
  stop(): Promise<void>;
}

export interface EmbeddedServerPlan {
  name: string;
  log: EmbeddedLog;
  logFile: string;
  commandOn(port: number): Omit<GuardedCommand, 'logFile'>;
  /** Opens and closes a connection; rejects while the server does not take any. */
  tryConnection(port: number): Promise<void>;
}

// The free port may be gone by the time the server binds it.
const START_ATTEMPTS = 3;
// After an unclean end the server replays its log before it takes connections.
const START_PATIENCE_MS = 120_000;
const STOP_PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 20;

/** Starts a server on a free port of the loopback and waits until it takes connections. */
export async function startEmbeddedServer(plan: EmbeddedServerPlan): Promise<EmbeddedServer> {
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
    const port = await freeLoopbackPort();
    const server = await startGuarded({ ...plan.commandOn(port), logFile: plan.logFile });
    if (await takesConnections(server, () => plan.tryConnection(port))) {
      plan.log(`${plan.name} is up`, { pid: server.pid, port });
      return { port, stop: watched(server, plan) };
    }
  }
  throw new Error(`the embedded ${plan.name} does not start; ${plan.logFile} says why`);
}

/** False when the server ended instead. */
async function takesConnections(
  server: GuardedProcess,
  tryConnection: () => Promise<void>,
): Promise<boolean> {
  let ended = false;
  void server.ended.then(() => {
    ended = true;
  });
  const giveUpAt = performance.now() + START_PATIENCE_MS;
  while (!ended) {
    try {
      await tryConnection();
      return true;
    } catch (error) {
      if (performance.now() > giveUpAt) {
        await server.stop(STOP_PATIENCE_MS);
        throw error;
      }
      await delay(LOOK_AGAIN_MS);
    }
  }
  return false;
}

function watched(server: GuardedProcess, plan: EmbeddedServerPlan): () => Promise<void> {
  let stopping = false;
  void server.ended.then((status) => {
    if (!stopping) {
      plan.log(`${plan.name} ended by itself`, { status, logFile: plan.logFile });
    }
  });
  return async () => {
    stopping = true;
    await server.stop(STOP_PATIENCE_MS);
  };
}
