import { request as rawRequest } from 'node:http';
import { request } from 'undici';

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Posts a body as it is; what proves it stands in its headers. */
export async function postWebhook(
  url: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const answer = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    headersTimeout: 60_000,
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

const PIECE = Buffer.alloc(64 * 1024, 0x20);

/** Status 0: the connection was closed before the answer was read. */
interface Poured {
  readonly status: number;
  readonly poured: number;
}

/** Pours a body of so many bytes until it is answered, cut off or all taken; nothing of it is ever held here. */
export function pourWebhook(
  url: string,
  bytes: number,
  headers: Readonly<Record<string, string>>,
): Promise<Poured> {
  return new Promise((resolve) => {
    const call = rawRequest(url, { method: 'POST', headers });
    let poured = 0;
    let hasEnded = false;
    const end = (status: number): void => {
      hasEnded = true;
      resolve({ status, poured });
      call.destroy();
    };
    call.on('response', (answer) => end(answer.statusCode ?? 0));
    // Whoever is refused goes on writing into a connection that is closed.
    call.on('error', () => end(0));
    const pour = (): void => {
      if (hasEnded) return;
      if (poured >= bytes) {
        call.end();
        return;
      }
      poured += PIECE.length;
      // An answer that has come is heard before the next piece.
      if (call.write(PIECE)) setImmediate(pour);
      else call.once('drain', pour);
    };
    pour();
  });
}
