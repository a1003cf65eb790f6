import type { HttpHeaders } from './http-result.js';

/** Nobody is held for longer than this on the word of a header. */
export const LONGEST_MS = 24 * 60 * 60 * 1000;

/** How long an answer's Retry-After asks to wait: seconds, or a date. Undefined where it does not say. */
export function retryAfterMs(headers: HttpHeaders, nowMs: number): number | undefined {
  const value = headerText(headers['retry-after']);
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Math.min(Number(value) * 1000, LONGEST_MS);
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.min(Math.max(0, atMs - nowMs), LONGEST_MS);
}

/** The first, where a header came several times. */
export function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
