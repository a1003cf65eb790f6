import { channel } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Loaded into a worker before its own code (--import, with the folder in this module's address): writes down the
 * instant of each send as undici is about to write its first byte. Nothing of Caudal is asked or changed, so this is
 * what was done and not what was planned. The clock is the machine's monotonic one, which all processes share.
 */
const folder = new URL(import.meta.url).searchParams.get('folder') ?? '.';
const file = join(folder, `${process.pid}.instants`);
let instants: string[] = [];

channel('undici:client:sendHeaders').subscribe((message) => {
  const { request } = message as { request: { method: string; path: string } };
  if (request.method === 'POST' && request.path.endsWith('/messages')) {
    instants.push(String(process.hrtime.bigint()));
  }
});

function flush(): void {
  if (instants.length === 0) return;
  appendFileSync(file, `${instants.join('\n')}\n`);
  instants = [];
}

setInterval(flush, 250).unref();
process.on('exit', flush);
