import { DomainError } from '../common/domain-error.js';
import type { KeyRole } from './principal.js';

const HOW = 'send an API key as "Authorization: Bearer <key>" or "X-API-Key: <key>"';

export class KeyMissingError extends DomainError {
  constructor() {
    super('unauthorized', 'key_missing', `This route needs a key: ${HOW}.`);
  }
}

export class SchemeError extends DomainError {
  constructor(scheme: string) {
    super('unauthorized', 'key_missing', `The Authorization scheme "${scheme}" is not known here: ${HOW}.`);
  }
}

export class KeyRefusedError extends DomainError {
  constructor(why: 'unknown' | 'expired' | 'revoked', name?: string) {
    const detail = {
      unknown: 'This API key is not known here.',
      expired: `The API key "${name}" has expired; an admin can make a new one.`,
      revoked: `The API key "${name}" was revoked; an admin can make a new one.`,
    }[why];
    super('unauthorized', `key_${why}`, detail);
  }
}

export class WrongKeysError extends DomainError {
  constructor(waitSeconds: number) {
    super(
      'too-many',
      'too_many_wrong_keys',
      `Too many unknown API keys came from this address; a key that is new here is looked at again in ${waitSeconds} s.`,
      { retryAfterSeconds: waitSeconds },
    );
  }
}

export class RoleTooLowError extends DomainError {
  constructor(name: string, role: KeyRole, needed: KeyRole) {
    super(
      'forbidden',
      'role_too_low',
      `This needs a key of role ${needed} or above; "${name}" is of role ${role}.`,
      { params: { neededRole: needed } },
    );
  }
}

export class ApiKeyMissingError extends DomainError {
  constructor(id: string) {
    super('missing', 'api_key_not_found', `There is no API key ${id} in this workspace.`);
  }
}

export class BootstrapKeyError extends DomainError {
  constructor() {
    super(
      'conflict',
      'bootstrap_key',
      'This key comes from the configuration and would be back at the next start: change CAUDAL_ADMIN_KEY instead, ' +
        'or in embedded mode delete the file admin-key of the data directory and restart.',
    );
  }
}

export class KeyNameReservedError extends DomainError {
  constructor(name: string) {
    super('invalid', 'validation_failed', `name "${name}" is that of the configured key; choose another`, {
      errors: [{ pointer: '/name', detail: `name "${name}" is that of the configured key; choose another` }],
    });
  }
}

export class ExpiryPassedError extends DomainError {
  constructor(expiresAt: Date) {
    const detail = `expiresAt "${expiresAt.toISOString()}" has passed already; give an instant in the future`;
    super('invalid', 'validation_failed', detail, { errors: [{ pointer: '/expiresAt', detail }] });
  }
}
