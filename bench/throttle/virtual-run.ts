import { randomUUID } from 'node:crypto';
import type { ChannelPacing } from '../../src/channels/channel.js';
import { startEmbedded } from '../../src/embedded/embedded-services.js';
import { SeededRandom } from '../../src/simulator/seeded-random.js';
import { meanPerSecond, mostIn } from '../support/figures.js';
import { VirtualWorkers } from './virtual-workers.js';

const WORKERS = 4;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export const HOUR_LIMITS = { perSecond: 10, perMinute: 600, perHour: 36_000 } as const;

/** 2.0 s after messages 1 to 10, 2.5 s after 11 to 20, and so on up to 5 s. */
const PROGRESSIVE = {
  mode: 'progressive',
  baseDelayMs: 2000,
  stepMs: 500,
  stepEvery: 10,
  maxDelayMs: 5000,
} as const satisfies ChannelPacing;
/** Long enough for its climb and as much again at the top. */
const PROGRESSIVE_MESSAGES = 140;
const PROGRESSIVE_MS = PROGRESSIVE_MESSAGES * PROGRESSIVE.maxDelayMs;

export interface VirtualRun {
  readonly mostPerSecond: number;
  readonly mostPerMinute: number;
  readonly mostPerHour: number;
  readonly meanPerSecond: number;
  readonly progressiveErrorPercent: number;
}

/** Hours of four workers that ask as they please, in seconds. */
export async function runVirtualHours(directory: string, minutes: number, seed: number): Promise<VirtualRun> {
  const services = await startEmbedded({
    dataDir: directory,
    postgres: false,
    redis: true,
    log: () => undefined,
  });
  const { redisUrl } = services;
  if (redisUrl === undefined) throw new Error('the embedded Redis gave no address');
  const workers = await VirtualWorkers.open(redisUrl, WORKERS, new SeededRandom(seed));
  try {
    const limited = { id: randomUUID(), limits: HOUR_LIMITS, pacing: { mode: 'max' } } as const;
    const begun = await workers.live(limited, minutes * MINUTE_MS);
    const paced = { id: randomUUID(), limits: {}, pacing: PROGRESSIVE } as const;
    const climb = await workers.live(paced, PROGRESSIVE_MS);
    return {
      mostPerSecond: mostIn(begun, SECOND_MS),
      mostPerMinute: mostIn(begun, MINUTE_MS),
      mostPerHour: mostIn(begun, HOUR_MS),
      meanPerSecond: meanPerSecond(begun),
      progressiveErrorPercent: worstErrorPercent(climb.slice(0, PROGRESSIVE_MESSAGES)),
    };
  } finally {
    workers.end();
    await services.stop();
  }
}

/** How far the time until any message is from the table, at worst. The table is written out here, not asked of the engine. */
function worstErrorPercent(begunMs: readonly number[]): number {
  const delaysMs = [2000, 2500, 3000, 3500, 4000, 4500, 5000];
  let tableMs = 0;
  let worst = 0;
  for (let message = 2; message <= begunMs.length; message += 1) {
    tableMs += delaysMs[Math.min(delaysMs.length - 1, Math.floor((message - 2) / 10))]!;
    const tookMs = begunMs[message - 1]! - begunMs[0]!;
    worst = Math.max(worst, Math.abs(tookMs / tableMs - 1) * 100);
  }
  return worst;
}
