import type { Answer } from './delivery.js';
import type { Patience } from './delivery-verdict.js';

/** How an endpoint has been answering. Kept in its row: all workers know it, one at a time adds to it. */
export interface LineHealth {
  /** In a row. */
  readonly failures: number;
  /** How often the breaker has opened since the last success; 0 is a closed one. */
  readonly opens: number;
  readonly failingSince: Date | null;
}

const FAILURES_THAT_OPEN = 10;
const LONGEST_REST_MS = 300_000;
/** These speak of the event, not of the endpoint. */
const OF_THE_BODY: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);
/** The endpoint says that it is gone for good. */
const GONE = 410;

export const HEALTHY: LineHealth = { failures: 0, opens: 0, failingSince: null };

/** Nothing more is sent in this visit, and the endpoint rests; then one event is tried, and says how it is. */
export function isOpen({ failures, opens }: LineHealth): boolean {
  return opens > 0 ? failures > 0 : failures >= FAILURES_THAT_OPEN;
}

export function healthAfter(health: LineHealth, answer: Answer, at: Date): LineHealth {
  if (answer.kind === 'taken') return HEALTHY;
  const failingSince = health.failingSince ?? at;
  const counts = answer.kind === 'lost' || !OF_THE_BODY.has(answer.status);
  return { ...health, failingSince, failures: health.failures + (counts ? 1 : 0) };
}

/** For how long an endpoint whose breaker opens is left alone: longer each time, spread over the upper half. */
export function restMs(opens: number, { baseMs }: Patience, random: number): number {
  return Math.min(baseMs * 2 ** Math.min(opens, 30), LONGEST_REST_MS) * (0.5 + random / 2);
}

/** Why nothing should be sent to it any more until a person says so; undefined while there is hope. */
export function reasonToDisable(
  health: LineHealth,
  answer: Answer,
  { giveUpMs }: Patience,
  at: Date,
): string | undefined {
  if (answer.kind === 'refused' && answer.status === GONE) return 'It answered 410: it is gone for good.';
  if (health.failingSince === null || at.getTime() - health.failingSince.getTime() < giveUpMs)
    return undefined;
  return `Nothing that was sent to it has been taken since ${health.failingSince.toISOString()}.`;
}
