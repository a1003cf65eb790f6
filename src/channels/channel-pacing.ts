import type { ChannelPacing } from './channel.js';
import { PacingModeError } from './channel.errors.js';
import { DomainError } from '../common/domain-error.js';

export const DEFAULT_PACING: ChannelPacing = { mode: 'max' };

/** Checks a pacing as it comes in a request. */
export function readPacing(input: Readonly<Record<string, unknown>>): ChannelPacing {
  const { mode, ...others } = input;
  if (mode !== 'max') throw new PacingModeError(mode);
  const [other] = Object.keys(others);
  if (other === undefined) return { mode };
  const detail = `pacing.${other} has no meaning with the mode "max"; leave it out`;
  throw new DomainError('invalid', 'validation_failed', detail, {
    errors: [{ pointer: `/pacing/${other}`, detail }],
  });
}
