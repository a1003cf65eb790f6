import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = join(import.meta.dirname, '../../dist/src/simulator/main.js');

export interface SimulatorProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** The built simulator in a process of its own: a busy spec must not delay the clock that calls are counted by. */
export async function launchSimulator(): Promise<SimulatorProcess> {
  const child = spawn(process.execPath, [PROGRAM, '--port', '0', '--exit-with-parent'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { listening } = JSON.parse(line) as { listening: string };
  return {
    url: listening,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
