const CANDIDATES = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof CANDIDATES)[number];

const LINES_LOOKED_AT = 30;

/**
 * The delimiter that most lines agree on: how often it occurs outside quotes should be the same from line to line.
 * A comma inside names or decimals occurs, but not equally often.
 */
export function detectDelimiter(sample: string): Delimiter {
  let best: Delimiter = ',';
  let bestScore = 0;
  for (const candidate of CANDIDATES) {
    const counts = countsByLine(sample, candidate);
    const inFirst = counts[0] ?? 0;
    if (inFirst === 0) continue;
    const agreeing = counts.filter((count) => count === inFirst).length / counts.length;
    const score = agreeing * 1000 + Math.min(inFirst, 500);
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** Excel's own way of saying it: a first line such as `sep=;`. */
export function declaredDelimiter(firstLine: string): Delimiter | undefined {
  const declared = /^"?sep=(.)"?\s*$/i.exec(firstLine)?.[1];
  return CANDIDATES.find((candidate) => candidate === declared);
}

function countsByLine(sample: string, delimiter: string): number[] {
  const counts: number[] = [];
  let count = 0;
  let isQuoted = false;
  let isEmpty = true;
  for (const char of sample) {
    if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (char === '\n' || char === '\r')) {
      if (!isEmpty) counts.push(count);
      if (counts.length === LINES_LOOKED_AT) return counts;
      count = 0;
      isEmpty = true;
      continue;
    } else if (!isQuoted && char === delimiter) count += 1;
    isEmpty = false;
  }
  // The sample's last line may be cut, so it only counts when there is no other.
  if (counts.length === 0 && !isEmpty) counts.push(count);
  return counts;
}
