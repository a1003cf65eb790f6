import { invalid } from '../field-fault.js';

/** How many recipients a stage of a campaign has: so many, or so many of a hundred. */
export type StageSize =
  { readonly kind: 'count'; readonly count: number } | { readonly kind: 'percent'; readonly percent: number };

const EXAMPLES = 'a number of recipients such as 500, or a part of them such as "5%" or {"percent":5}';
const PERCENT = /^(\d{1,2}(?:\.\d{1,2})?)%$/;
const MOST_RECIPIENTS = 10_000_000;

/** Reads a size as it comes in a request; `field` is its path. */
export function readStageSize(value: unknown, field: string): StageSize {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_RECIPIENTS) {
    return { kind: 'count', count: value };
  }
  const percent = percentOf(value);
  if (percent !== null && percent > 0 && percent < 100) return { kind: 'percent', percent };
  throw invalid(
    field,
    `${field.replaceAll('/', '.')} is ${JSON.stringify(value) ?? 'missing'}; it must be ${EXAMPLES}`,
  );
}

/** Of so many recipients; a part of them is rounded up, so that it is never nobody. */
export function recipientsOf(size: StageSize, recipients: number): number {
  if (size.kind === 'count') return size.count;
  // Hundredths of a percent are whole numbers, which no rounding of floats can make one recipient more.
  return Math.max(1, Math.ceil((Math.round(size.percent * 100) * recipients) / 10_000));
}

export function sizeShown(size: StageSize): number | string {
  return size.kind === 'count' ? size.count : `${size.percent}%`;
}

function percentOf(value: unknown): number | null {
  if (typeof value === 'string') return Number(PERCENT.exec(value)?.[1] ?? 0);
  if (typeof value !== 'object' || value === null || !('percent' in value)) return null;
  return typeof value.percent === 'number' ? value.percent : null;
}
