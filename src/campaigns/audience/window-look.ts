import { hasOpenWindow, reachedRecipients } from '../../ledger/open-windows.js';
import type { SqlParameters } from '../sql-parameters.js';
import type { AudienceScope } from './audience-source.js';

export interface WindowLook {
  /** What is to be joined to the people. */
  readonly join: string;
  /** SQL of whether one of the channels reaches them. */
  readonly isOpen: string;
}

/**
 * Whether people, as `part`, wrote to one of these channels within 24 hours; to none of no channels they need not have.
 * Named contacts and those of an event are few beside all who wrote: each is looked up. Of others all who wrote are put
 * into a hash.
 */
export function windowLook(
  { audience }: AudienceScope,
  workspace: string,
  closing: readonly string[],
  p: SqlParameters,
): WindowLook {
  if (closing.length === 0) return { join: '', isOpen: 'true' };
  const channels = `${p.add(closing)}::uuid[]`;
  if (audience.kind === 'contacts' || audience.kind === 'event') {
    return { join: '', isOpen: hasOpenWindow({ workspace, recipient: 'part.recipient', channels }) };
  }
  const join = `LEFT JOIN ${reachedRecipients({ workspace, channels })} AS reached ON reached.recipient = part.recipient`;
  return { join, isOpen: 'reached.recipient IS NOT NULL' };
}
