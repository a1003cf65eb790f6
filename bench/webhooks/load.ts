import { connect } from 'node:net';
import { p99 } from '../support/figures.js';
import { isWhole, statusOf } from '../support/whole-answer.js';
import { statusRequest, type StatusSender } from './status-request.js';

/** What a run of the load is told, as JSON, by its only argument. */
export interface LoadOrder extends StatusSender {
  readonly port: number;
  readonly first: number;
  readonly count: number;
  readonly connections: number;
}

export interface LoadFigures {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Answers that were no 200. */
  readonly refused: number;
}

/**
 * Posts webhooks as fast as they are answered; a child process of the bench. All are made and signed beforehand and
 * answers are looked at only for their first line, so that the load takes little of what the server could have used.
 */
const order = JSON.parse(process.argv[2] ?? '{}') as LoadOrder;
const requests = Array.from({ length: order.count }, (_, index) => statusRequest(order, order.first + index));
const latenciesMs = new Float64Array(order.count);
let next = 0;
let refused = 0;

async function lane(): Promise<void> {
  const socket = connect({ port: order.port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    let begunMs = 0;
    let at = -1;
    let got: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    const post = (): void => {
      at = next;
      next += 1;
      if (at >= order.count) {
        socket.end();
        resolve();
        return;
      }
      got = Buffer.alloc(0);
      begunMs = performance.now();
      socket.write(requests[at]!);
    };
    socket.on('connect', post);
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('data', (chunk: Buffer) => {
      got = got.length === 0 ? chunk : Buffer.concat([got, chunk]);
      if (!isWhole(got)) return;
      latenciesMs[at] = performance.now() - begunMs;
      if (statusOf(got) !== 200) refused += 1;
      post();
    });
  });
}

const startedMs = performance.now();
await Promise.all(Array.from({ length: order.connections }, lane));
const figures: LoadFigures = {
  perSecond: order.count / ((performance.now() - startedMs) / 1000),
  p99Ms: p99([...latenciesMs]),
  refused,
};
console.log(JSON.stringify(figures));
