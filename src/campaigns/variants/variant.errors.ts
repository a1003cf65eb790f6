import { DomainError } from '../../common/domain-error.js';
import { invalid } from '../field-fault.js';
import type { Variant } from './variant.js';

export function variantUnknown(name: string, variants: readonly Variant[]): DomainError {
  const known = variants.map((variant) => `"${variant.name}"`).join(', ');
  return invalid('variant', `"${name}" is no variant of this campaign; they are ${known}`);
}

/** Nobody waits for a choice. */
export class NoWinnerToChooseError extends DomainError {
  constructor(why: string) {
    super('conflict', 'no_winner_to_choose', `No winner can be chosen: ${why}`);
  }
}

/** Some of the rest may have got it already. */
export class WinnerChosenError extends DomainError {
  constructor(name: string, by: string, at: Date) {
    super(
      'conflict',
      'winner_chosen',
      `"${name}" was chosen by ${by} at ${at.toISOString()} and is being sent; stop the campaign and duplicate it to ` +
        'send another.',
      { params: { winner: name } },
    );
  }
}
