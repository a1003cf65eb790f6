import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections, of which a starting server opens dozens. */
const LOWEST = 20_000;
const PORTS = 10_000;
const TRIES = 50;

/** A free port of the loopback that nothing takes by chance before a server listens on it. */
export async function freePort(): Promise<number> {
  for (let nth = 0; nth < TRIES; nth++) {
    const port = LOWEST + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port was found on 127.0.0.1 among ${LOWEST} to ${LOWEST + PORTS - 1}`);
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
