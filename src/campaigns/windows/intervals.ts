/** Half-open: its end is the first instant that is not in it. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** In order, those that touch as one, empty ones left out. */
export function merged(intervals: readonly Interval[]): Interval[] {
  const found: Interval[] = [];
  const sorted = intervals
    .filter(({ fromMs, toMs }) => fromMs < toMs)
    .toSorted((one, other) => one.fromMs - other.fromMs);
  for (const interval of sorted) {
    const last = found.at(-1);
    if (last === undefined || last.toMs < interval.fromMs) found.push(interval);
    else if (last.toMs < interval.toMs) found[found.length - 1] = { ...last, toMs: interval.toMs };
  }
  return found;
}

/** What is left of merged ones without others that are merged too. */
export function without(intervals: readonly Interval[], taken: readonly Interval[]): Interval[] {
  return intervals.flatMap(({ fromMs, toMs }) => {
    const left: Interval[] = [];
    let beginMs = fromMs;
    for (const hole of taken) {
      if (hole.toMs <= beginMs || hole.fromMs >= toMs) continue;
      if (hole.fromMs > beginMs) left.push({ fromMs: beginMs, toMs: hole.fromMs });
      beginMs = hole.toMs;
    }
    if (beginMs < toMs) left.push({ fromMs: beginMs, toMs });
    return left;
  });
}
