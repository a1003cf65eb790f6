import { CHUNK_ROWS } from './chunk-progress.js';

/** An audience is written down within this; one of several millions, each of them. A minute is what is promised. */
const TIME_FOR_A_MILLION_MS = 45_000;
const MILLION = 1_000_000;
const MOST_REST_MS = 1000;

export interface PreparedSoFar {
  /** Recipients of the whole audience, as they were counted at start; null where nobody did. */
  readonly expected: number | null;
  readonly chunks: number;
  readonly elapsedMs: number;
  /** What the last chunk took. */
  readonly tookMs: number;
}

/**
 * How long preparing rests behind a chunk: as long as the chunk took, so that half of the database is left to sending.
 * On a box of two cores the rows of the next minutes otherwise took the processor from the messages of this second: less
 * than half as many were sent meanwhile. But never so long that the rest of the audience would not be done in time.
 */
export function restMs({ expected, chunks, elapsedMs, tookMs }: PreparedSoFar): number {
  const recipients = expected ?? 0;
  const timeMs = TIME_FOR_A_MILLION_MS * Math.max(1, recipients / MILLION);
  const chunksLeft = Math.max(1, Math.ceil(recipients / CHUNK_ROWS) - chunks);
  const spareMs = (timeMs - elapsedMs) / chunksLeft - tookMs;
  return Math.max(0, Math.min(tookMs, spareMs, MOST_REST_MS));
}
