import { DomainError } from '../../common/domain-error.js';

/** No room for a file, or none left of what its owner may use. */
export class DiskFull extends DomainError {
  constructor() {
    super('no-room', 'disk_full', 'there is no room on the disk for this file; make room and send it again');
  }
}

/** Postgres says it with a code of its own. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
