import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeLoopbackPort } from '../../src/embedded/free-port.js';
import type { BenchServices } from './bench-services.js';
import { waitForHttp } from './wait-for-http.js';

const MAIN = join(import.meta.dirname, '../../src/main.js');

export interface CaudalServer {
  readonly pid: number;
  readonly url: string;
  call<T>(method: string, path: string, body?: object): Promise<T>;
  upload<T>(path: string, csv: string, fields: Record<string, string>): Promise<T>;
  /** Resident memory now, in MiB. */
  rssMb(): Promise<number>;
  stop(): Promise<void>;
}

/** The built server in a process of its own, with all roles unless the environment says otherwise. */
export async function startCaudalServer(
  services: BenchServices,
  environment: Record<string, string> = {},
): Promise<CaudalServer> {
  const port = await freeLoopbackPort();
  // With the flags that script/bench has started this process with, as script/server does.
  const child = spawn(process.execPath, [...process.execArgv, MAIN], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      DATABASE_URL: services.databaseUrl,
      REDIS_URL: services.redisUrl,
      CAUDAL_MASTER_KEY: services.masterKey,
      CAUDAL_ADMIN_KEY: services.adminKey,
      CAUDAL_DATA_DIR: join(services.directory, 'server'),
      CAUDAL_PRIVATE_HOSTS: '127.0.0.1',
      CAUDAL_LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  try {
    await Promise.race([waitForHttp(`${url}/health/live`), failOnce(ended)]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const ask = async <T>(path: string, init: RequestInit): Promise<T> => {
    const answer = await fetch(`${url}${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${services.adminKey}` },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${init.method} ${path} was answered ${answer.status}: ${text}`);
    return (text === '' ? null : JSON.parse(text)) as T;
  };
  return {
    pid: child.pid ?? -1,
    url,
    call: (method, path, body) =>
      ask(path, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      }),
    upload: (path, csv, fields) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob([csv]), 'bench.csv');
      return ask(path, { method: 'POST', body: form });
    },
    rssMb: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function failOnce(ended: Promise<unknown[]>): Promise<never> {
  const [code, signal] = await ended;
  throw new Error(`the server ended with ${String(code ?? signal)} instead of starting`);
}
