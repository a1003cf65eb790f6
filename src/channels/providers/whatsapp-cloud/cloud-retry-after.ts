import type { HttpHeaders } from '../http/http-result.js';
import { member, parseJson } from './cloud-answer.js';

/** Nobody is held for longer than this on the word of a header. */
const LONGEST_MS = 24 * 60 * 60 * 1000;

/** How long the answer itself asks to wait: Retry-After, else what the usage headers estimate. */
export function retryAfterMs(headers: HttpHeaders, nowMs: number): number | undefined {
  const asked = fromRetryAfter(text(headers['retry-after']), nowMs) ?? fromUsage(headers);
  return asked === undefined ? undefined : Math.min(asked, LONGEST_MS);
}

/** Seconds, or a date. */
function fromRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** `{ "<account>": [{ …, "estimated_time_to_regain_access": minutes }] }`, or the inner object alone. */
function fromUsage(headers: HttpHeaders): number | undefined {
  const found: number[] = [];
  for (const name of ['x-business-use-case-usage', 'x-app-usage']) {
    const usage = parseJson(text(headers[name]) ?? '');
    if (typeof usage !== 'object' || usage === null) continue;
    for (const entry of [usage, ...Object.values(usage).flat()]) {
      const minutes = member(entry, 'estimated_time_to_regain_access');
      if (typeof minutes === 'number' && minutes > 0) found.push(minutes * 60_000);
    }
  }
  return found.length === 0 ? undefined : Math.max(...found);
}

function text(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
