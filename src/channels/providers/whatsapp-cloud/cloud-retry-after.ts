import type { HttpHeaders } from '../http/http-result.js';
import { headerText, LONGEST_MS, retryAfterMs } from '../http/retry-after.js';
import { member, parseJson } from '../json-reader.js';

/** How long the answer itself asks to wait: Retry-After, else what the usage headers estimate. */
export function cloudRetryAfterMs(headers: HttpHeaders, nowMs: number): number | undefined {
  const asked = retryAfterMs(headers, nowMs) ?? fromUsage(headers);
  return asked === undefined ? undefined : Math.min(asked, LONGEST_MS);
}

/** `{ "<account>": [{ …, "estimated_time_to_regain_access": minutes }] }`, or the inner object alone. */
function fromUsage(headers: HttpHeaders): number | undefined {
  const found: number[] = [];
  for (const name of ['x-business-use-case-usage', 'x-app-usage']) {
    const usage = parseJson(headerText(headers[name]) ?? '');
    if (typeof usage !== 'object' || usage === null) continue;
    for (const entry of [usage, ...Object.values(usage).flat()]) {
      const minutes = member(entry, 'estimated_time_to_regain_access');
      if (typeof minutes === 'number' && minutes > 0) found.push(minutes * 60_000);
    }
  }
  return found.length === 0 ? undefined : Math.max(...found);
}
