import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../../../config/config.js';

/** Lies beside this program in dist; from the sources there is none, and CAUDAL_SIMULATOR_URL names one that runs. */
const PROGRAM = join(import.meta.dirname, '../../../simulator/main.js');
const PROBE_MS = 2_000;
const START_MS = 15_000;
const STOP_MS = 5_000;

interface RunningChild {
  readonly process: ChildProcess;
  readonly url: string;
}

/**
 * The simulator that this process sends to: the one of CAUDAL_SIMULATOR_URL, else one that answers already on
 * CAUDAL_SIMULATOR_PORT (several processes of a box share it), else a child started here, which ends with us.
 */
@Injectable()
export class SimulatorProcess {
  private readonly logger = new Logger('Simulator');
  private child: RunningChild | undefined;
  private finding: Promise<string> | undefined;
  private stopped = false;

  constructor(private readonly config: Config) {}

  /** Base URL of a simulator that answers now; starts one where there is none. Many callers, one search. */
  find(): Promise<string> {
    this.finding ??= this.search().finally(() => {
      this.finding = undefined;
    });
    return this.finding;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.finding?.catch(() => undefined);
    const child = this.child?.process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(impatience);
  }

  private async search(): Promise<string> {
    const { simulatorUrl, simulatorPort } = this.config;
    if (simulatorUrl !== undefined) {
      if (await isSimulator(simulatorUrl)) return simulatorUrl;
      throw new Error(`no simulator answers at CAUDAL_SIMULATOR_URL ${simulatorUrl}`);
    }
    const known = this.child?.url ?? (simulatorPort === 0 ? undefined : `http://127.0.0.1:${simulatorPort}`);
    if (known !== undefined && (await isSimulator(known))) return known;
    if (this.stopped) throw new Error('Caudal is stopping; no simulator is started any more');
    return this.start();
  }

  private async start(): Promise<string> {
    if (!existsSync(PROGRAM)) {
      throw new Error(
        'the simulator is not built here; run "npm run build", or set CAUDAL_SIMULATOR_URL to one that runs',
      );
    }
    const { simulatorPort } = this.config;
    // A session of its own: Ctrl-C in a terminal reaches Caudal only, which still has calls in flight to it. Its
    // standard input is a pipe from us, and it ends when that does, however we ended.
    const child = spawn(
      process.execPath,
      [PROGRAM, '--port', String(simulatorPort), '--host', '127.0.0.1', '--exit-with-parent'],
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
    );
    child.stdin.on('error', () => undefined);
    const complaints: string[] = [];
    createInterface(child.stderr).on('line', (line) => {
      complaints.push(line);
      if (complaints.length > 20) complaints.shift();
      if (this.child?.process === child) this.logger.warn(line);
    });
    const url = await firstLine(child);
    if (url !== undefined) {
      this.child = { process: child, url };
      this.logger.log('started a simulator of the WhatsApp Cloud API', { url });
      return url;
    }
    child.kill('SIGKILL');
    return this.startedByAnother(complaints);
  }

  /** Two processes may start at once: the one that finds the port taken uses the other's. */
  private async startedByAnother(complaints: readonly string[]): Promise<string> {
    const { simulatorPort } = this.config;
    const url = `http://127.0.0.1:${simulatorPort}`;
    if (simulatorPort !== 0 && (await isSimulator(url))) return url;
    const isTaken = complaints.some((line) => line.includes('EADDRINUSE'));
    throw new Error(
      isTaken
        ? `another program has port ${simulatorPort}; set CAUDAL_SIMULATOR_PORT to a free one`
        : `the simulator did not start: ${complaints.at(-1) ?? 'it said nothing'}`,
    );
  }
}

/** The address that the child says it listens on; undefined when it ends or says nothing in time. */
async function firstLine(
  child: ChildProcess & { stdout: NodeJS.ReadableStream },
): Promise<string | undefined> {
  const lines = createInterface(child.stdout);
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(), START_MS);
  try {
    const ended = once(child, 'exit', { signal: given.signal }).then(() => undefined);
    const said = once(lines, 'line', { signal: given.signal }).then(([line]) => {
      const { listening } = JSON.parse(String(line)) as { listening: string };
      return listening;
    });
    return await Promise.race([said, ended]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    lines.close();
    child.stdout.resume();
  }
}

async function isSimulator(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/simulator/health`, { signal: AbortSignal.timeout(PROBE_MS) });
    const health = (await answer.json()) as { status?: unknown; numbers?: unknown } | null;
    return answer.ok && health?.status === 'ok' && typeof health.numbers === 'number';
  } catch {
    return false;
  }
}
