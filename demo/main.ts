import { once } from 'node:events';
import { constants } from 'node:os';
import { playDemo, type DemoResult } from './demo.js';
import { HELP, readOptions, type DemoOptions } from './options.js';
import { Screen } from './screen.js';
import { ServerChild } from './server-child.js';
import { makeWorkingDirectory, removeWorkingDirectory } from './working-directory.js';

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const FAILED = 1;
const WRONG_USAGE = 2;

const usage = readOptions(process.argv.slice(2));
switch (usage.kind) {
  case 'help':
    process.stdout.write(HELP);
    break;
  case 'wrong':
    process.stderr.write(`script/demo: ${usage.problem}\nscript/demo --help tells the options\n`);
    process.exitCode = WRONG_USAGE;
    break;
  case 'run':
    process.exit(await run(usage.options));
}

async function run(options: DemoOptions): Promise<number> {
  const screen = new Screen(options.json ? process.stderr : process.stdout);
  const stop = new AbortController();
  let stoppedBy: NodeJS.Signals | undefined;
  for (const name of ENDING_SIGNALS) {
    process.on(name, () => {
      if (stoppedBy !== undefined) return;
      stoppedBy = name;
      screen.line();
      screen.line('Stopping …');
      stop.abort();
    });
  }
  const directory = await makeWorkingDirectory();
  let server: ServerChild | undefined;
  let result: DemoResult | undefined;
  try {
    const running = await ServerChild.start(directory);
    server = running;
    const show = async (): Promise<void> => {
      result = await playDemo({ server: running, directory, screen, signal: stop.signal }, options);
      report(result, options, running, screen);
      if (!options.exit) await stayUp(running, screen, stop.signal);
    };
    await Promise.race([show(), running.fail()]);
    return exitCodeOf(result);
  } catch (error) {
    if (stoppedBy !== undefined) {
      return result === undefined ? 128 + constants.signals[stoppedBy] : exitCodeOf(result);
    }
    screen.line();
    screen.line(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    return FAILED;
  } finally {
    // Ends what still waits when the server ended first.
    stop.abort();
    await server?.stop();
    await removeWorkingDirectory(directory);
  }
}

function report(
  { summary, faults }: DemoResult,
  { json }: DemoOptions,
  server: ServerChild,
  screen: Screen,
): void {
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  if (faults.length === 0) {
    screen.line('  Everything adds up.');
    return;
  }
  screen.line();
  screen.line('It does not add up:');
  for (const fault of faults) screen.line(`  - ${fault}`);
  screen.line(`The end of the server's log:\n\n${server.logTail()}`);
}

async function stayUp(server: ServerChild, screen: Screen, signal: AbortSignal): Promise<void> {
  screen.line();
  screen.heading('Caudal stays up until Ctrl-C');
  screen.line(`  API     ${server.url}/api`);
  screen.line(`  docs    ${server.url}/docs`);
  screen.line(`  health  ${server.url}/health`);
  screen.line(`  key     in ${server.adminKeyPath}`);
  // A terminal has one reader; a log is kept and shipped, and a key must not be.
  if (screen.isTerminal) screen.line(`          ${await server.adminKey()}`);
  if (!signal.aborted) await once(signal, 'abort');
}

function exitCodeOf(result: DemoResult | undefined): number {
  return result !== undefined && result.faults.length === 0 ? 0 : FAILED;
}
