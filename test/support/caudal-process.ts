import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freeLoopbackPort } from '../../src/embedded/free-port.js';

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface CaudalProcess {
  readonly pid: number;
  readonly baseUrl: string;
  /** All that it has written so far, to both outputs. */
  output(): string;
  /** Resolves when the process has ended by itself or by a signal. */
  readonly ended: Promise<Ending>;
  signal(signal: NodeJS.Signals): void;
}

/** Where a process runs, and which build of the program it is. */
export interface ProcessPlace {
  /** Put before the command, as `ip netns exec` is. */
  readonly prefix?: readonly string[];
  /** The address that it listens on, as we reach it. */
  readonly address?: string;
  readonly program?: string;
}

const MAIN = join(import.meta.dirname, '../../dist/src/main.js');
const LOOK_AGAIN_MS = 50;

/** Runs the built program; its environment is what is given here and nothing of ours but PATH and HOME. */
export async function launchCaudal(
  environment: Record<string, string>,
  place: ProcessPlace = {},
): Promise<CaudalProcess> {
  const { prefix = [], address = '127.0.0.1', program = MAIN } = place;
  const port = environment['PORT'] ?? String(await freeLoopbackPort());
  const { PATH = '', HOME = '' } = process.env;
  const [command, ...words] = [...prefix, process.execPath, program];
  const child = spawn(command, words, {
    env: { PATH, HOME, PORT: port, HOST: address, ...environment },
    // Away from the clone, whose .env would be read.
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }) as Ending);
  await once(child, 'spawn');
  return {
    pid: child.pid ?? -1,
    baseUrl: `http://${address}:${port}`,
    output: () => output,
    ended,
    signal: (signal) => void child.kill(signal),
  };
}

/** Launches, and waits until the process answers as alive; fails with its output when it ends instead. */
export async function startCaudal(
  environment: Record<string, string>,
  place?: ProcessPlace,
): Promise<CaudalProcess> {
  return untilAlive(await launchCaudal(environment, place));
}

/** A process that has loaded the program and waits before its first line; `letIn` starts it. */
export async function launchAtTheDoor(environment: Record<string, string>): Promise<CaudalProcess> {
  const door = new URL('at-the-door.mjs', import.meta.url).href;
  const caudal = await launchCaudal({ ...environment, NODE_OPTIONS: `--import=${door}` });
  while (!caudal.output().includes('at the door')) await delay(LOOK_AGAIN_MS);
  return caudal;
}

export async function letIn(caudal: CaudalProcess): Promise<CaudalProcess> {
  caudal.signal('SIGUSR2');
  return untilAlive(caudal);
}

async function untilAlive(caudal: CaudalProcess): Promise<CaudalProcess> {
  let ending: Ending | undefined;
  void caudal.ended.then((result) => {
    ending = result;
  });
  while (!(await answersAlive(caudal))) {
    if (ending !== undefined) {
      throw new Error(`Caudal ended with ${JSON.stringify(ending)} instead of starting:\n${caudal.output()}`);
    }
    await delay(LOOK_AGAIN_MS);
  }
  return caudal;
}

async function answersAlive(caudal: CaudalProcess): Promise<boolean> {
  try {
    const answer = await fetch(`${caudal.baseUrl}/health/live`);
    await answer.text();
    return answer.status === 200;
  } catch {
    return false;
  }
}

/** The pids of all processes that descend from this one, whatever session they are in. */
export function descendantsOf(pid: number): number[] {
  const parents = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const ancestor of found) {
    found.push(...parents.filter(([, parent]) => parent === ancestor).map(([child]) => child ?? -1));
  }
  return found.slice(1);
}
