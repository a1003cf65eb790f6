import type { IncomingMessage } from 'node:http';

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Hands over the whole body, or undefined when it is longer than any that the service takes. */
export function readBody(request: IncomingMessage, onBody: (body: Buffer | undefined) => void): void {
  // Nearly every body comes in one piece: no list, no copy.
  let only: Buffer | undefined;
  let pieces: Buffer[] | undefined;
  let bytes = 0;
  request.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) return;
    if (only === undefined) only = piece;
    else (pieces ??= [only]).push(piece);
  });
  request.on('end', () => {
    if (bytes > MAX_BODY_BYTES) onBody(undefined);
    else onBody(pieces ? Buffer.concat(pieces) : (only ?? Buffer.alloc(0)));
  });
}
