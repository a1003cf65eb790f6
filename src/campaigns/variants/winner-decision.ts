import type { VariantFigures } from './variant-figures.js';
import type { WinnerMetric } from './variant.js';

/** What the test came to for one variant. */
export interface Tested extends Pick<VariantFigures, 'sent' | 'delivered' | 'read' | 'replies'> {
  readonly name: string;
  readonly weight: number;
}

export interface Decision {
  /** Its place in the list. */
  readonly winner: number;
  /** For people: by what, with the figures, and what was wanted where that did not tell. */
  readonly reason: string;
}

/** The best must have as many as this: one reader more than none is chance. */
export const FEWEST_TO_TELL = 5;

const COUNT_OF: Record<WinnerMetric, 'read' | 'replies' | 'delivered'> = {
  read: 'read',
  reply: 'replies',
  delivered: 'delivered',
};
const WORD_OF: Record<WinnerMetric, string> = { read: 'read', reply: 'answered', delivered: 'delivered' };

/**
 * The best by the metric; where two are level or there is too little to tell by, the best by delivered; else the
 * heaviest, of equal ones the first. Pure, and the same for the same figures.
 */
export function decideWinner(tested: readonly Tested[], metric: WinnerMetric): Decision {
  const asked = bestBy(tested, metric);
  if (asked.kind === 'best') {
    return { winner: asked.index, reason: `Most of it was ${WORD_OF[metric]}: ${shown(tested, metric)}.` };
  }
  const why = `By ${metric} ${faultOf(asked.kind)} (${shown(tested, metric)})`;
  const delivered = metric === 'delivered' ? asked : bestBy(tested, 'delivered');
  if (delivered.kind === 'best') {
    const reason = `${why}, so what most was delivered of was chosen: ${shown(tested, 'delivered')}.`;
    return { winner: delivered.index, reason };
  }
  const also = metric === 'delivered' ? '' : `, and by delivered ${faultOf(delivered.kind)}`;
  const winner = heaviest(tested);
  return { winner, reason: `${why}${also}, so the one with the greatest weight was chosen.` };
}

type Best = { readonly kind: 'best'; readonly index: number } | { readonly kind: 'level' | 'too-few' };

function bestBy(tested: readonly Tested[], metric: WinnerMetric): Best {
  const count = COUNT_OF[metric];
  let [best, isLevel] = [0, false];
  for (let index = 1; index < tested.length; index += 1) {
    const order = compare(tested[index]!, tested[best]!, count);
    if (order > 0) [best, isLevel] = [index, false];
    else if (order === 0) isLevel = true;
  }
  if ((tested[best]?.[count] ?? 0) < FEWEST_TO_TELL) return { kind: 'too-few' };
  return isLevel ? { kind: 'level' } : { kind: 'best', index: best };
}

/** Of rates, without a division: what was sent to nobody has the rate 0. */
function compare(one: Tested, other: Tested, count: 'read' | 'replies' | 'delivered'): number {
  return one[count] * Math.max(other.sent, 1) - other[count] * Math.max(one.sent, 1);
}

function heaviest(tested: readonly Tested[]): number {
  return tested.reduce((best, { weight }, index) => (weight > tested[best]!.weight ? index : best), 0);
}

function faultOf(kind: 'level' | 'too-few'): string {
  return kind === 'level' ? 'the best are level' : `there is too little to tell`;
}

function shown(tested: readonly Tested[], metric: WinnerMetric): string {
  return tested.map((one) => `"${one.name}" ${one[COUNT_OF[metric]]} of ${one.sent}`).join(', ');
}
