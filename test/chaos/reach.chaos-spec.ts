import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descendantsOf, startCaudal, type CaudalProcess } from '../support/caudal-process.js';
import { Dice, isFull, seeds } from './dice.js';
import { Host } from './host.js';
import { noHosts } from './hosts-stage.js';

const COMPOSE_FILE = join(import.meta.dirname, '../../docker-compose.yml');
/** Connects, says PING as to a Redis, and prints what comes back or why nothing does. */
const PROBE = `
  const [host, port] = process.argv.slice(1);
  const socket = require('node:net').connect({ host, port: Number(port), timeout: 2000 });
  const end = (word) => { console.log(word); process.exit(); };
  socket.on('connect', () => socket.write('PING\\r\\n'));
  socket.on('data', (bytes) => end(bytes.toString().trim()));
  socket.on('timeout', () => end('silence'));
  socket.on('error', (error) => end(error.code));`;

interface Listener {
  readonly address: string;
  readonly port: number;
  readonly pid: number;
}

describe.runIf(isFull && noHosts === undefined)('servers that Caudal runs by itself', () => {
  let host: Host;
  let caudal: CaudalProcess;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'caudal-chaos-'));
    host = await Host.add();
    // Nothing else is given: both databases and the simulator are its own.
    caudal = await startCaudal({ CAUDAL_DATA_DIR: dataDir, CAUDAL_LOG_FORMAT: 'json' });
  });

  afterAll(async () => {
    caudal?.signal('SIGTERM');
    await caudal?.ended;
    await host?.remove();
    await rm(dataDir, { recursive: true, force: true });
  });

  const probe = async (port: number): Promise<string> =>
    (await host.run(process.execPath, '-e', PROBE, host.gateway, String(port))).trim();

  it.each(seeds)(
    'S-19 Redis and everything else that it runs refuse connections from another host, and Redis asks for a password [seed %i]',
    async (seed) => {
      const dice = new Dice('S-19', seed);
      const listeners = listenersOf([caudal.pid, ...descendantsOf(caudal.pid)]);
      // The program itself, Postgres, Redis.
      expect(new Set(listeners.map(({ pid }) => pid)).size).toBeGreaterThanOrEqual(3);
      expect(listeners.filter(({ address }) => address !== '127.0.0.1')).toEqual([]);
      expect(await Promise.all(listeners.map(({ port }) => probe(port)))).toEqual(
        listeners.map(() => 'ECONNREFUSED'),
      );

      // The same question by a way that leads there: it is not the probe that fails.
      const port = Number(
        /^port (\d+)$/m.exec(await readFile(join(dataDir, 'redis', 'redis.conf'), 'utf8'))![1],
      );
      host.ways.redis.leadTo(port);
      expect(await probe(host.ways.redis.port)).toMatch(/^-NOAUTH/);
      dice.tell({ 'ports asked': listeners.length, refused: listeners.length });
    },
  );
});

describe.runIf(isFull)('the servers of docker-compose.yml', () => {
  it.each(seeds)('S-19 publish no port, and Redis has a password [seed %i]', async (seed) => {
    const dice = new Dice('S-19', seed);
    const services = servicesOf(await readFile(COMPOSE_FILE, 'utf8'));
    for (const name of ['postgres', 'redis']) expect(services.get(name), name).not.toMatch(/^ {4}ports:/m);
    expect(services.get('redis')).toMatch(/--requirepass\n\s+- \$\{REDIS_PASSWORD:\?/);
    const published = [...services.values()].flatMap((text) => text.match(/^ {6}- '.*:3000'$/gm) ?? []);
    expect(published.length).toBe(2);
    for (const line of published) expect(line).toContain(':-127.0.0.1:');
    dice.tell({ services: services.size, 'published on the loopback only': published.length });
  });
});

function listenersOf(pids: readonly number[]): Listener[] {
  return execFileSync('ss', ['-Hltnp'], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, , , local = ''] = line.trim().split(/\s+/);
      const colon = local.lastIndexOf(':');
      const owners = [...line.matchAll(/pid=(\d+)/g)].map(([, pid]) => Number(pid));
      const pid = owners.find((owner) => pids.includes(owner));
      return pid === undefined
        ? []
        : [{ address: local.slice(0, colon), port: Number(local.slice(colon + 1)), pid }];
    });
}

/** By name; only the shape that our own file has is understood. */
function servicesOf(text: string): Map<string, string> {
  const [, after = ''] = text.split(/^services:$/m);
  const [services = ''] = after.split(/^volumes:$/m);
  const parts = services.split(/^ {2}(\w+):$/m).slice(1);
  return new Map(
    parts.flatMap((name, nth) => (nth % 2 === 0 ? [[name, parts[nth + 1] ?? ''] as const] : [])),
  );
}
