import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { ApiClient } from '../support/api-client.js';

export interface RawUpload {
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  /** What the head says, whatever the body is. */
  readonly length: number;
  /** The connection is destroyed so long after the last byte, without waiting for an answer. */
  readonly breaksOffAfterMs?: number;
  /** Asked for behind the body, on the same connection. */
  readonly nextPath?: string;
}

export interface RawAnswer {
  /** NaN where none was waited for. */
  readonly status: number;
  readonly nextStatus: number;
}

/** A request as no decent client would send it, on a connection of its own. */
export async function rawUpload(api: ApiClient, upload: RawUpload): Promise<RawAnswer> {
  const { hostname, port } = new URL(api.baseUrl);
  const socket = connect(Number(port), hostname);
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  // Of one that is refused in the middle of its body.
  socket.on('error', () => undefined);
  const statuses = (): number[] =>
    [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code));
  try {
    await once(socket, 'connect');
    const connection = upload.nextPath === undefined ? 'close' : 'keep-alive';
    socket.write(
      `POST ${upload.path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${api.authorization}\r\n` +
        `Content-Type: ${upload.contentType}\r\nContent-Length: ${upload.length}\r\nConnection: ${connection}\r\n\r\n`,
    );
    socket.write(upload.body);
    if (upload.breaksOffAfterMs !== undefined) {
      await delay(upload.breaksOffAfterMs);
      return { status: NaN, nextStatus: NaN };
    }
    if (upload.nextPath !== undefined) {
      socket.write(
        `GET ${upload.nextPath} HTTP/1.1\r\nHost: x\r\nAuthorization: ${api.authorization}\r\n\r\n`,
      );
    }
    const expected = upload.nextPath === undefined ? 1 : 2;
    await expect.poll(() => statuses().length, { timeout: 20_000, interval: 10 }).toBe(expected);
    const [status = NaN, nextStatus = NaN] = statuses();
    return { status, nextStatus };
  } finally {
    socket.destroy();
  }
}
