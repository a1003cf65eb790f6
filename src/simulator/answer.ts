import type { ServerResponse } from 'node:http';
import { TimeWheel } from './time-wheel.js';

/** How the answer leaves, or does not. */
export type AnswerManner = 'whole' | 'hang' | 'reset' | 'close' | 'half' | 'slow' | 'huge';

export interface Answer {
  status: number;
  body: string | Buffer;
  manner: AnswerManner;
  contentType?: string;
  headers?: Record<string, string>;
  /** Before the answer begins. */
  delayMs?: number;
  /** Between two bytes of a slow answer. */
  byteDelayMs?: number;
  /** Length of a huge answer. */
  bytes?: number;
}

interface DelayedAnswer {
  response: ServerResponse;
  answer: Answer;
}

const TICK_MS = 1;
const DEFAULT_BYTE_DELAY_MS = 1000;
const DEFAULT_HUGE_BYTES = 50 * 1024 * 1024;
const PADDING = Buffer.alloc(64 * 1024, ' ');
const GRAPH_JSON = 'application/json; charset=UTF-8';

/** Writes answers, each in its manner, the delayed ones from one wheel. */
export class AnswerWriter {
  readonly #delayed = new TimeWheel<DelayedAnswer>(TICK_MS, ({ response, answer }) =>
    writeNow(response, answer),
  );

  write(response: ServerResponse, answer: Answer): void {
    if (answer.delayMs) this.#delayed.add(answer.delayMs, { response, answer });
    else writeNow(response, answer);
  }

  clear(): void {
    this.#delayed.clear();
  }
}

function writeNow(response: ServerResponse, answer: Answer): void {
  const socket = response.socket;
  if (socket === null || socket.destroyed) return;
  switch (answer.manner) {
    case 'whole':
      response.writeHead(answer.status, headersOf(answer));
      response.end(answer.body);
      return;
    case 'hang':
      return;
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'close':
      socket.destroySoon();
      return;
    case 'half':
      response.writeHead(answer.status, headersOf(answer));
      response.write(Buffer.from(answer.body).subarray(0, answer.body.length >> 1), () =>
        socket.destroySoon(),
      );
      return;
    case 'slow':
      writeSlowly(response, answer);
      return;
    case 'huge':
      writeHuge(response, answer);
      return;
  }
}

function headersOf(answer: Answer): Record<string, string | number> {
  return {
    'content-type': answer.contentType ?? GRAPH_JSON,
    'content-length': Buffer.byteLength(answer.body),
    ...answer.headers,
  };
}

function writeSlowly(response: ServerResponse, answer: Answer): void {
  const bytes = Buffer.from(answer.body);
  let sent = 0;
  response.writeHead(answer.status, headersOf(answer));
  response.flushHeaders();
  const timer = setInterval(() => {
    if (sent < bytes.length) response.write(bytes.subarray(sent, ++sent));
    if (sent === bytes.length) response.end();
  }, answer.byteDelayMs ?? DEFAULT_BYTE_DELAY_MS);
  response.once('close', () => clearInterval(timer));
}

/** The right answer behind as much white space as asked, never held in memory as a whole. */
function writeHuge(response: ServerResponse, answer: Answer): void {
  let left = answer.bytes ?? DEFAULT_HUGE_BYTES;
  response.writeHead(answer.status, { 'content-type': answer.contentType ?? GRAPH_JSON });
  const fill = (): void => {
    while (left > 0 && !response.destroyed) {
      const piece = PADDING.subarray(0, Math.min(left, PADDING.length));
      left -= piece.length;
      if (!response.write(piece)) {
        response.once('drain', fill);
        return;
      }
    }
    response.end(answer.body);
  };
  fill();
}
