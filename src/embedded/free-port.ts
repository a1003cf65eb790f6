import { createServer } from 'node:net';

/** A port of the loopback that was free a moment ago; whoever takes it must be ready to ask for another. */
export async function freeLoopbackPort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') {
          reject(new Error('the system gave no port on 127.0.0.1'));
        } else {
          resolve(address.port);
        }
      });
    });
  });
}
