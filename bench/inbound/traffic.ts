import { setTimeout as delay } from 'node:timers/promises';
import { instantMs } from '../../src/simulator/instant.js';
import { statusRequest, type StatusSender } from '../webhooks/status-request.js';
import { inboundRequest } from './inbound-request.js';
import { PostLanes } from './post-lanes.js';

/** What the traffic is told, as JSON, by its only argument. */
export interface TrafficOrder extends StatusSender {
  readonly port: number;
  readonly inboundPerSecond: number;
  readonly statusesPerSecond: number;
  readonly seconds: number;
  readonly connections: number;
}

export interface TrafficFigures {
  /** When the nth person's message was to be posted, on the clock that all processes of the run share. */
  readonly writtenAtMs: readonly number[];
  /** From then to its answer. */
  readonly answerMs: readonly number[];
  /** Answered until the last post was begun. */
  readonly inboundPerSecond: number;
  readonly statusesPerSecond: number;
  /** Answers that were no 200. */
  readonly refused: number;
}

/**
 * Posts messages and statuses at a fixed pace whatever the answers do; a child process of the bench. All are made and
 * signed beforehand, so that it takes little of what the server could have used.
 */
const order = JSON.parse(process.argv[2] ?? '{}') as TrafficOrder;
const { inboundPerSecond, statusesPerSecond, seconds } = order;
const inbound = Array.from({ length: inboundPerSecond * seconds }, (_, nth) => inboundRequest(order, nth));
const statuses = Array.from({ length: statusesPerSecond * seconds }, (_, nth) => statusRequest(order, nth));
const lanes = await PostLanes.open(order.port, order.connections);

const writtenAtMs: number[] = [];
const answerMs = Array.from({ length: inbound.length }, () => 0);
const answered = { inbound: 0, statuses: 0 };
let refused = 0;
const posts: Promise<void>[] = [];

async function post(request: Buffer, kind: keyof typeof answered): Promise<void> {
  const status = await lanes.post(request);
  answered[kind] += 1;
  if (status !== 200) refused += 1;
}

async function postInbound(nth: number, dueMs: number): Promise<void> {
  await post(inbound[nth]!, 'inbound');
  answerMs[nth] = instantMs() - dueMs;
}

const startMs = instantMs();
let posted = 0;
while (posted < statuses.length || writtenAtMs.length < inbound.length) {
  const passedS = (instantMs() - startMs) / 1000;
  while (writtenAtMs.length < Math.min(inbound.length, passedS * inboundPerSecond)) {
    const nth = writtenAtMs.length;
    const dueMs = startMs + (nth * 1000) / inboundPerSecond;
    writtenAtMs.push(dueMs);
    posts.push(postInbound(nth, dueMs));
  }
  for (; posted < Math.min(statuses.length, passedS * statusesPerSecond); posted += 1) {
    posts.push(post(statuses[posted]!, 'statuses'));
  }
  await delay(1);
}
const lastedS = (instantMs() - startMs) / 1000;
const [inboundByThen, statusesByThen] = [answered.inbound, answered.statuses];
await Promise.all(posts);
lanes.close();
const figures: TrafficFigures = {
  writtenAtMs,
  answerMs,
  inboundPerSecond: inboundByThen / lastedS,
  statusesPerSecond: statusesByThen / lastedS,
  refused,
};
console.log(JSON.stringify(figures));
