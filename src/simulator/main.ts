import { parseArgs } from 'node:util';
import { startSimulator } from './simulator.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    'exit-with-parent': { type: 'boolean', default: false },
  },
});

const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  process.stderr.write(`--port is "${values.port}"; it must be a whole number from 0 to 65535\n`);
  process.exit(2);
}

const simulator = await startSimulator({ port, host: values.host });
process.stdout.write(`${JSON.stringify({ listening: simulator.url })}\n`);

function exit(): void {
  void simulator.close().finally(() => process.exit(0));
}

process.once('SIGTERM', exit);
process.once('SIGINT', exit);
if (values['exit-with-parent']) {
  // The pipe from the parent ends with it, however it died.
  process.stdin.once('end', exit).once('error', exit).resume();
}
