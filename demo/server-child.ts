import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { startGuarded, type GuardedProcess } from '../src/embedded/guarded-process.js';
import { freePort } from './free-port.js';
import { dataDirIn } from './working-directory.js';

const PROGRAM = join(import.meta.dirname, '../src/main.js');
const LOOK_AGAIN_MS = 100;
const START_LIMIT_MS = 120_000;
/** It stops by itself within 30 s. */
const STOP_LIMIT_MS = 35_000;
const TAIL_LINES = 15;

/** Would lead the demo to somebody's real data, or away from what it starts itself. Empty counts as not set. */
const NOT_INHERITED = [
  ['DATABASE_URL', 'REDIS_URL', 'HOST', 'CAUDAL_ROLES', 'CAUDAL_PUBLIC_URL', 'CAUDAL_REDIS_PREFIX'],
  ['CAUDAL_MASTER_KEY', 'CAUDAL_ADMIN_KEY', 'CAUDAL_SIMULATOR_URL', 'CAUDAL_DEFAULT_COUNTRY'],
].flat();

/** The server ended, or never came up; says what its log says. */
export class ServerFailed extends Error {
  constructor(what: string, logTail: string) {
    super(`${what}. The end of its log:\n\n${logTail}`);
    this.name = 'ServerFailed';
  }
}

/** The built server as a child on its own databases; it ends with us, however we end. */
export class ServerChild {
  private constructor(
    readonly url: string,
    readonly simulatorUrl: string,
    private readonly dataDir: string,
    private readonly logFile: string,
    private readonly process: GuardedProcess,
  ) {}

  static async start(directory: string): Promise<ServerChild> {
    const [port, simulatorPort] = await twoPorts();
    const dataDir = dataDirIn(directory);
    const logFile = join(directory, 'server.log');
    const settings = [
      ...NOT_INHERITED.map((name) => `${name}=`),
      `PORT=${port}`,
      `CAUDAL_SIMULATOR_PORT=${simulatorPort}`,
      `CAUDAL_DATA_DIR=${dataDir}`,
      'CAUDAL_LOG_FORMAT=pretty',
    ];
    const guarded = await startGuarded({
      command: 'env',
      // With the flags that script/demo has started this process with.
      args: [...settings, process.execPath, ...process.execArgv, PROGRAM],
      stopSignal: 'TERM',
      logFile,
    });
    const urlOf = (at: number) => `http://127.0.0.1:${at}`;
    return new ServerChild(urlOf(port), urlOf(simulatorPort), dataDir, logFile, guarded);
  }

  get adminKeyPath(): string {
    return join(this.dataDir, 'admin-key');
  }

  async adminKey(): Promise<string> {
    return (await readFile(this.adminKeyPath, 'utf8')).trim();
  }

  /** Returns when the server can serve. */
  async healthy(signal: AbortSignal): Promise<void> {
    const giveUpAt = performance.now() + START_LIMIT_MS;
    while (!(await this.isHealthy(signal))) {
      if (performance.now() > giveUpAt) {
        throw new ServerFailed(`The server is not healthy after ${START_LIMIT_MS / 1000} s`, this.logTail());
      }
      await delay(LOOK_AGAIN_MS, undefined, { signal });
    }
  }

  /** Rejects when the server ends, and does nothing else. */
  async fail(): Promise<never> {
    const status = await this.process.ended;
    throw new ServerFailed(`The server ended with exit code ${status}`, this.logTail());
  }

  logTail(): string {
    const lines = stripVTControlCharacters(readFileSync(this.logFile, 'utf8')).trimEnd().split('\n');
    return lines.slice(-TAIL_LINES).join('\n');
  }

  stop(): Promise<void> {
    return this.process.stop(STOP_LIMIT_MS);
  }

  private async isHealthy(signal: AbortSignal): Promise<boolean> {
    try {
      const answer = await fetch(`${this.url}/health`, { signal });
      await answer.text();
      return answer.ok;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }
}

async function twoPorts(): Promise<[number, number]> {
  const first = await freePort();
  let second = await freePort();
  while (second === first) second = await freePort();
  return [first, second];
}
