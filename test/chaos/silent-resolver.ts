import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface SilentResolver {
  questions(): number;
  close(): Promise<void>;
}

/** A name server that takes every question and answers none, on this address until it is closed. */
export async function openSilentResolver(address: string): Promise<SilentResolver> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', () => {
    asked += 1;
  });
  socket.bind(53, address);
  await once(socket, 'listening');
  return {
    questions: () => asked,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}
