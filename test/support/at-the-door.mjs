// Loaded with --import before the program: loads all of it, and lets it run when SIGUSR2 comes. Loading is most of
// what a start costs, so that a process which waits here takes the place of a killed one within a blink.
import { once } from 'node:events';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

const called = once(process, 'SIGUSR2');
const awake = setInterval(() => undefined, 60_000);
await import(new URL('boot/run.js', pathToFileURL(argv[1])).href);
process.stderr.write('at the door\n');
await called;
clearInterval(awake);
