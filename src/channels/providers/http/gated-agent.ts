import { Agent, buildConnector } from 'undici';
import type { AddressGate } from './http-calls.js';

const CONNECT_TIMEOUT_MS = 5_000;

/** For files, which are few: connections that go nowhere else than the gate allows, and are not kept for long. */
export function gatedAgent(gate: AddressGate): Agent {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: gate.lookup });
  return new Agent({
    connections: 4,
    pipelining: 1,
    keepAliveTimeout: 1_000,
    connect: (options, callback) => {
      const refusal = gate.refusalOf(options.hostname);
      if (refusal === undefined) return connect(options, callback);
      queueMicrotask(() => callback(refusal, null));
    },
  });
}
